/*
 * cmd_info.c - lnorm info: this CPU, the kernels it can run, which is chosen and why
 */
#include <argp.h>
#include <ln.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/utsname.h>

#include "kernels.h"
#include "lnorm.h"

static const struct argp argp = {
	.doc = "Print this CPU, the kernels it can run, which of them is chosen and why, and the version of the library.",
};

/* The value of one line of /proc/cpuinfo, "key : value"; returns whether there is one. */
static int cpuinfo(const char *key, char *value, size_t size)
{
	char line[512];
	int found = 0;
	FILE *f = fopen("/proc/cpuinfo", "re");

	while (f && !found && fgets(line, sizeof line, f)) {
		size_t n = strcspn(line, "\t:");
		if (n != strlen(key) || strncmp(line, key, n) != 0)
			continue;
		line[strcspn(line, "\n")] = '\0';
		const char *colon = strchr(line, ':');
		if (!colon)
			continue;
		snprintf(value, size, "%s", colon + 1 + strspn(colon + 1, " "));
		found = 1;
	}
	if (f)
		fclose(f);
	return found;
}

static void print_cpu(void)
{
	struct utsname machine;
	char model[256], part[64];
	const char *architecture = uname(&machine) == 0 ? machine.machine : "unknown architecture";

	if (cpuinfo("model name", model, sizeof model) || cpuinfo("cpu", model, sizeof model))	/* x86; POWER */
		printf("cpu      %s (%s)\n", model, architecture);
	else if (cpuinfo("CPU implementer", model, sizeof model) && cpuinfo("CPU part", part, sizeof part))	/* Arm */
		printf("cpu      implementer %s, part %s (%s)\n", model, part, architecture);
	else
		printf("cpu      of unknown model, since /proc/cpuinfo does not tell (%s)\n", architecture);
}

/* Why the library chose `chosen`, by the rules of ln_isa() in ln.h. */
static void print_reason(const char *chosen)
{
	const char *wish = getenv("LN_ISA");

	if (!wish)
		printf("the best that this CPU can run (LN_ISA is not set)\n");
	else if (getauxval(AT_SECURE))
		printf("the best that this CPU can run (LN_ISA=%s is ignored in a set-user-ID program)\n", wish);
	else if (strcmp(wish, chosen) == 0)
		printf("LN_ISA=%s asks for it\n", wish);
	else
		printf("the best that this CPU can run (LN_ISA=%s is ignored: unknown, or it cannot run on this CPU)\n", wish);
}

int cmd_info(int argc, char **argv)
{
	struct kernel kernels[MAX_KERNELS];
	char library[VERSION_TEXT], header[VERSION_TEXT];

	if (argp_parse(&argp, argc, argv, 0, NULL, NULL))
		return LNORM_FAILED;
	const char *chosen = ln_isa();
	size_t count = kernels_list(kernels);

	print_cpu();
	for (size_t i = 0; i < count; i++)
		printf("%-8s %-10s %s%s\n", i ? "" : "kernels", kernels[i].name, arithmetic_name(kernels[i].arithmetic),
		       i + 1 == count ? "  (the best here)" : i ? "" : "  (the worst)");
	printf("chosen   %s: ", chosen);
	print_reason(chosen);
	printf("library  %s, lnorm was built with the header of %s%s\n", version_text(ln_version(), library),
	       version_text(LN_VERSION, header), ln_version() == LN_VERSION ? "" : ": NOT the same");
	return LNORM_OK;
}
