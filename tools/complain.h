/*
 * complain.h - say on stderr what went wrong
 */
#ifndef LNORM_COMPLAIN_H
#define LNORM_COMPLAIN_H

/* complain() - print "lnorm: WHERE: what is wrong"; `where` is a file, or the part of the program if no file is at fault */
__attribute__((format(printf, 2, 3))) void complain(const char *where, const char *format, ...);

#endif
