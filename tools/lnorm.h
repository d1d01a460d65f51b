/*
 * lnorm.h - what the subcommands share with main()
 */
#ifndef LNORM_LNORM_H
#define LNORM_LNORM_H

/* What the program returns. */
enum {
	LNORM_OK = 0,
	LNORM_FAILED = 1,		/* the job could not be done, or a test found a fault */
	LNORM_USAGE = 2,		/* a wrong option or argument */
};

/* Each subcommand parses its own arguments; argv[0] is "lnorm NAME". Returns one of the above. */
int cmd_info(int argc, char **argv);
int cmd_norm(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_selftest(int argc, char **argv);
int cmd_bench(int argc, char **argv);

#endif
