/*
 * cpu.c - what this CPU and operating system can run: cpuinfo and our own look must agree
 *
 * Two opinions, because each has been wrong somewhere: cpuinfo's answers are inline reads of a struct whose layout changed without a
 * new SONAME, and it knows nothing where /proc is hidden; a look at CPUID alone misses what cpuinfo knows of broken CPUs. Where
 * cpuinfo cannot answer, ours decides.
 */
#include "cpu.h"

#if LN_USE_CPUINFO
#include <cpuinfo.h>
#include <unistd.h>

/* cpuinfo prints to stderr when it fails, so it is not asked where it would: without these files it fails. */
static bool cpuinfo_ready(void)
{
#ifdef __linux__
	if (access("/proc/cpuinfo", R_OK) != 0 || access("/sys/devices/system/cpu/possible", R_OK) != 0 ||
	    access("/sys/devices/system/cpu/present", R_OK) != 0)
		return false;
#endif
	return cpuinfo_initialize();
}

/* After a failed initialisation any cpuinfo_get_* call would abort the process: hence the test before `theirs`. */
#define AGREED(ours, theirs) ((ours) && (!cpuinfo_ready() || (theirs)))
#else
#define AGREED(ours, theirs) (ours)
#endif

size_t ln_cpu_cache_bytes(void)
{
#if LN_USE_CPUINFO
	if (cpuinfo_ready() && cpuinfo_get_l3_caches_count() > 0)
		return cpuinfo_get_l3_cache(0)->size;
#endif
	return 0;
}

bool ln_cpu_runs_scalar(void) { return true; }

#if LN_WITH_PORTABLE
bool ln_cpu_runs_portable(void) { return true; }
#endif

#if defined(__x86_64__) && (LN_WITH_X86 || LN_WITH_NEON)
#include <cpuid.h>

enum {
	XCR0_YMM = 0x06,	/* the operating system saves the SSE and AVX registers */
	XCR0_ZMM = 0xe6		/* and the AVX-512 ones: opmasks, upper halves, registers 16 to 31 */
};

static unsigned xcr0(unsigned leaf1_ecx)
{
	unsigned low = 0, high = 0;
	if (leaf1_ecx & bit_OSXSAVE)	/* without it XGETBV is an illegal instruction */
		__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return low;
}

/* All these bits of CPUID leaf 1 ECX, leaf 7 EBX and XCR0 are set. */
static bool x86_has(unsigned leaf1_ecx, unsigned leaf7_ebx, unsigned saved)
{
	unsigned a, b = 0, c1 = 0, c, d;

	if (!__get_cpuid(1, &a, &b, &c1, &d))
		return false;
	if (!__get_cpuid_count(7, 0, &a, &b, &c, &d))
		b = 0;
	return (c1 & leaf1_ecx) == leaf1_ecx && (b & leaf7_ebx) == leaf7_ebx && (xcr0(c1) & saved) == saved;
}

static bool x86_has_avx2_fma(void)
{
	return AGREED(x86_has(bit_AVX | bit_FMA | bit_F16C | bit_POPCNT, bit_AVX2, XCR0_YMM),
		      cpuinfo_has_x86_avx2() && cpuinfo_has_x86_fma3() && cpuinfo_has_x86_f16c() && cpuinfo_has_x86_popcnt());
}
#endif

#if LN_WITH_X86
bool ln_cpu_runs_sse41(void) { return AGREED(x86_has(bit_SSE4_1, 0, 0), cpuinfo_has_x86_sse4_1()); }

bool ln_cpu_runs_avx2(void) { return x86_has_avx2_fma(); }

#ifdef LN_WITH_EMULATED_AVX512
bool ln_cpu_runs_avx512(void) { return x86_has_avx2_fma(); }	/* through tests/emulated, built with the flags of AVX2 and FMA */
#else
bool ln_cpu_runs_avx512(void)
{
	return x86_has_avx2_fma() &&
	       AGREED(x86_has(0, bit_AVX512F | bit_AVX512BW | bit_AVX512DQ | bit_AVX512VL, XCR0_ZMM),
		      cpuinfo_has_x86_avx512f() && cpuinfo_has_x86_avx512bw() && cpuinfo_has_x86_avx512dq() &&
			      cpuinfo_has_x86_avx512vl());
}
#endif
#endif

#if LN_WITH_NEON
#if defined(__aarch64__) && !defined(__linux__)
bool ln_cpu_runs_neon(void) { return true; }	/* it is part of the architecture; only Linux lets a CPU go without */
#elif defined(__aarch64__)
#include <sys/auxv.h>

bool ln_cpu_runs_neon(void) { return AGREED((getauxval(AT_HWCAP) & HWCAP_ASIMD) != 0, cpuinfo_has_arm_neon()); }
#else
bool ln_cpu_runs_neon(void) { return x86_has_avx2_fma(); }	/* through SIMDe, built with the flags of AVX2 and FMA */
#endif
#endif

#if LN_WITH_SVE
#include <sys/auxv.h>

bool ln_cpu_runs_sve(void) { return AGREED((getauxval(AT_HWCAP) & HWCAP_SVE) != 0, cpuinfo_has_arm_sve()); }
#endif
