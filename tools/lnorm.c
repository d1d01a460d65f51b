/*
 * lnorm.c - the command-line tool of libln: finds the subcommand and runs it
 *
 * Like any program that uses the library, it sees nothing of it but ln.h.
 */
#include "lnorm.h"

#include <argp.h>
#include <errno.h>
#include <ln.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "complain.h"
#include "kernels.h"

struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *what;
};

static const struct command commands[] = {
	{"info", cmd_info, "this CPU, the kernels it can run, which is chosen and why"},
	{"norm", cmd_norm, "normalise the rows of an .npy file"},
	{"check", cmd_check, "run every kernel on an .npy file: accuracy, bits, speed"},
	{"selftest", cmd_selftest, "test every kernel on this machine"},
	{"bench", cmd_bench, "the speed of every kernel beside that of memcpy"},
};
#define COMMANDS (sizeof commands / sizeof *commands)

/* Where the arguments of the subcommand begin. */
struct invocation {
	const struct command *command;
	int first;
};

static void print_version(FILE *stream, struct argp_state *state)
{
	char version[VERSION_TEXT];

	(void)state;
	fprintf(stream, "lnorm %s", version_text(LN_VERSION, version));
	fprintf(stream, " (libln %s)\n", version_text(ln_version(), version));
}

/* The table of subcommands, below the options. */
static char *help_filter(int key, const char *text, void *input)
{
	char *help = NULL;
	size_t size;

	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)text;
	FILE *stream = open_memstream(&help, &size);
	if (!stream)
		return NULL;
	fprintf(stream, "Commands:\n");
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(stream, "  %-10s %s\n", commands[i].name, commands[i].what);
	fprintf(stream, "\n`lnorm COMMAND --help' explains one of them.");
	return fclose(stream) == 0 ? help : NULL;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct invocation *invocation = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		for (size_t i = 0; i < COMMANDS; i++)
			if (strcmp(argument, commands[i].name) == 0)
				invocation->command = &commands[i];
		if (!invocation->command)
			argp_error(state, "unknown command '%s'", argument);
		invocation->first = state->next;
		state->next = state->argc;		/* the rest belongs to the subcommand */
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_usage(state);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {
	.parser = parse,
	.args_doc = "COMMAND [ARGUMENT...]",
	.doc = "LayerNorm and RMSNorm of .npy files, with the same bits on every CPU.",
	.help_filter = help_filter,
};

/* A full disk must not look like success, not even of --help, which ends the program by itself. */
static void close_stdout(void)
{
	bool failed = fflush(stdout) || ferror(stdout);

	if (!failed)
		return;
	complain("standard output", "%s", strerror(errno));
	_exit(LNORM_FAILED);
}

int main(int argc, char **argv)
{
	struct invocation invocation = {0};
	char name[32];

	setlocale(LC_CTYPE, "");	/* which characters a terminal prints */
	atexit(close_stdout);
	argp_program_version_hook = print_version;
	argp_err_exit_status = LNORM_USAGE;
	if (argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &invocation))
		return LNORM_FAILED;
	snprintf(name, sizeof name, "lnorm %s", invocation.command->name);
	argv[invocation.first - 1] = name;
	return invocation.command->run(argc - invocation.first + 1, argv + invocation.first - 1);
}
