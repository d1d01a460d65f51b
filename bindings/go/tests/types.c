/* types.c - what rows.c needs */
#include "../../../tests/support/types.c"
