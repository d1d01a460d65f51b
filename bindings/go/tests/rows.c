/* rows.c - the rows of the golden files, as the tests of the library make them */
#include "../../../tests/support/rows.c"
