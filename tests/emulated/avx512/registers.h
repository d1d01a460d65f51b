/* registers.h - AVX-512 emulated: values put into every element, or into each its own; one type of register taken for another */
#ifndef LN_EMULATED_REGISTERS_H
#define LN_EMULATED_REGISTERS_H

/* What is emulated here. */
#define _mm512_setzero_ps emulated_mm512_setzero_ps
#define _mm512_setzero_pd emulated_mm512_setzero_pd
#define _mm512_setzero_si512 emulated_mm512_setzero_si512
#define _mm512_set1_ps emulated_mm512_set1_ps
#define _mm512_set1_pd emulated_mm512_set1_pd
#define _mm512_set1_epi8 emulated_mm512_set1_epi8
#define _mm512_set1_epi16 emulated_mm512_set1_epi16
#define _mm512_set1_epi32 emulated_mm512_set1_epi32
#define _mm512_set1_epi64 emulated_mm512_set1_epi64
#define _mm512_setr_ps emulated_mm512_setr_ps
#define _mm512_set_ps emulated_mm512_set_ps
#define _mm512_setr_pd emulated_mm512_setr_pd
#define _mm512_set_pd emulated_mm512_set_pd
#define _mm512_setr_epi32 emulated_mm512_setr_epi32
#define _mm512_set_epi32 emulated_mm512_set_epi32
#define _mm512_setr_epi64 emulated_mm512_setr_epi64
#define _mm512_set_epi64 emulated_mm512_set_epi64
#define _mm512_broadcastss_ps emulated_mm512_broadcastss_ps
#define _mm512_broadcastsd_pd emulated_mm512_broadcastsd_pd
#define _mm512_broadcast_f32x8 emulated_mm512_broadcast_f32x8
#define _mm512_broadcast_f64x4 emulated_mm512_broadcast_f64x4
#define _mm512_broadcast_i64x4 emulated_mm512_broadcast_i64x4
#define _mm512_broadcast_f32x4 emulated_mm512_broadcast_f32x4
#define _mm512_broadcast_i32x4 emulated_mm512_broadcast_i32x4
#define _mm512_castps_si512 emulated_mm512_castps_si512
#define _mm512_castsi512_ps emulated_mm512_castsi512_ps
#define _mm512_castpd_si512 emulated_mm512_castpd_si512
#define _mm512_castsi512_pd emulated_mm512_castsi512_pd
#define _mm512_castps_pd emulated_mm512_castps_pd
#define _mm512_castpd_ps emulated_mm512_castpd_ps
#define _mm512_castps512_ps256 emulated_mm512_castps512_ps256
#define _mm512_castps512_ps128 emulated_mm512_castps512_ps128
#define _mm512_castpd512_pd256 emulated_mm512_castpd512_pd256
#define _mm512_castpd512_pd128 emulated_mm512_castpd512_pd128
#define _mm512_castsi512_si256 emulated_mm512_castsi512_si256
#define _mm512_castsi512_si128 emulated_mm512_castsi512_si128
#define _mm512_cvtss_f32 emulated_mm512_cvtss_f32
#define _mm512_cvtsd_f64 emulated_mm512_cvtsd_f64
#define _mm512_castsi256_si512 emulated_mm512_castsi256_si512
#define _mm512_castps256_ps512 emulated_mm512_castps256_ps512
#define _mm512_castpd256_pd512 emulated_mm512_castpd256_pd512
#define _mm512_zextsi256_si512 emulated_mm512_zextsi256_si512
#define _mm512_zextps256_ps512 emulated_mm512_zextps256_ps512
#define _mm512_zextpd256_pd512 emulated_mm512_zextpd256_pd512

EMULATED __m512 _mm512_setzero_ps(void) { return (__m512){ _mm256_setzero_ps(), _mm256_setzero_ps() }; }
EMULATED __m512d _mm512_setzero_pd(void) { return (__m512d){ _mm256_setzero_pd(), _mm256_setzero_pd() }; }
EMULATED __m512i _mm512_setzero_si512(void) { return (__m512i){ _mm256_setzero_si256(), _mm256_setzero_si256() }; }

EMULATED __m512 _mm512_set1_ps(float f) { return (__m512){ _mm256_set1_ps(f), _mm256_set1_ps(f) }; }
EMULATED __m512d _mm512_set1_pd(double f) { return (__m512d){ _mm256_set1_pd(f), _mm256_set1_pd(f) }; }
EMULATED __m512i _mm512_set1_epi8(char i) { return (__m512i){ _mm256_set1_epi8(i), _mm256_set1_epi8(i) }; }
EMULATED __m512i _mm512_set1_epi16(short i) { return (__m512i){ _mm256_set1_epi16(i), _mm256_set1_epi16(i) }; }
EMULATED __m512i _mm512_set1_epi32(int i) { return (__m512i){ _mm256_set1_epi32(i), _mm256_set1_epi32(i) }; }
EMULATED __m512i _mm512_set1_epi64(long long i) { return (__m512i){ _mm256_set1_epi64x(i), _mm256_set1_epi64x(i) }; }

/* setr: the lowest element first; set: the highest first */
EMULATED __m512 _mm512_setr_ps(float a, float b, float c, float d, float e, float f, float g, float h,
			       float i, float j, float k, float l, float m, float n, float o, float p)
{
	return (__m512){ _mm256_setr_ps(a, b, c, d, e, f, g, h), _mm256_setr_ps(i, j, k, l, m, n, o, p) };
}

EMULATED __m512 _mm512_set_ps(float p, float o, float n, float m, float l, float k, float j, float i,
			      float h, float g, float f, float e, float d, float c, float b, float a)
{
	return _mm512_setr_ps(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p);
}

EMULATED __m512d _mm512_setr_pd(double a, double b, double c, double d, double e, double f, double g, double h)
{
	return (__m512d){ _mm256_setr_pd(a, b, c, d), _mm256_setr_pd(e, f, g, h) };
}

EMULATED __m512d _mm512_set_pd(double h, double g, double f, double e, double d, double c, double b, double a)
{
	return _mm512_setr_pd(a, b, c, d, e, f, g, h);
}

EMULATED __m512i _mm512_setr_epi32(int a, int b, int c, int d, int e, int f, int g, int h,
				   int i, int j, int k, int l, int m, int n, int o, int p)
{
	return (__m512i){ _mm256_setr_epi32(a, b, c, d, e, f, g, h), _mm256_setr_epi32(i, j, k, l, m, n, o, p) };
}

EMULATED __m512i _mm512_set_epi32(int p, int o, int n, int m, int l, int k, int j, int i,
				  int h, int g, int f, int e, int d, int c, int b, int a)
{
	return _mm512_setr_epi32(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p);
}

EMULATED __m512i _mm512_setr_epi64(long long a, long long b, long long c, long long d, long long e, long long f, long long g, long long h)
{
	return (__m512i){ _mm256_setr_epi64x(a, b, c, d), _mm256_setr_epi64x(e, f, g, h) };
}

EMULATED __m512i _mm512_set_epi64(long long h, long long g, long long f, long long e, long long d, long long c, long long b, long long a)
{
	return _mm512_setr_epi64(a, b, c, d, e, f, g, h);
}

EMULATED __m512 _mm512_broadcastss_ps(__m128 a) { return _mm512_set1_ps(_mm_cvtss_f32(a)); }
EMULATED __m512d _mm512_broadcastsd_pd(__m128d a) { return _mm512_set1_pd(_mm_cvtsd_f64(a)); }
EMULATED __m512 _mm512_broadcast_f32x8(__m256 a) { return (__m512){ a, a }; }
EMULATED __m512d _mm512_broadcast_f64x4(__m256d a) { return (__m512d){ a, a }; }
EMULATED __m512i _mm512_broadcast_i64x4(__m256i a) { return (__m512i){ a, a }; }
EMULATED __m512 _mm512_broadcast_f32x4(__m128 a) { return _mm512_broadcast_f32x8(_mm256_set_m128(a, a)); }
EMULATED __m512i _mm512_broadcast_i32x4(__m128i a) { return _mm512_broadcast_i64x4(_mm256_broadcastsi128_si256(a)); }

EMULATED __m512i _mm512_castps_si512(__m512 a) { return (__m512i){ _mm256_castps_si256(a.low), _mm256_castps_si256(a.high) }; }
EMULATED __m512 _mm512_castsi512_ps(__m512i a) { return (__m512){ _mm256_castsi256_ps(a.low), _mm256_castsi256_ps(a.high) }; }
EMULATED __m512i _mm512_castpd_si512(__m512d a) { return (__m512i){ _mm256_castpd_si256(a.low), _mm256_castpd_si256(a.high) }; }
EMULATED __m512d _mm512_castsi512_pd(__m512i a) { return (__m512d){ _mm256_castsi256_pd(a.low), _mm256_castsi256_pd(a.high) }; }
EMULATED __m512d _mm512_castps_pd(__m512 a) { return (__m512d){ _mm256_castps_pd(a.low), _mm256_castps_pd(a.high) }; }
EMULATED __m512 _mm512_castpd_ps(__m512d a) { return (__m512){ _mm256_castpd_ps(a.low), _mm256_castpd_ps(a.high) }; }

EMULATED __m256 _mm512_castps512_ps256(__m512 a) { return a.low; }
EMULATED __m128 _mm512_castps512_ps128(__m512 a) { return _mm256_castps256_ps128(a.low); }
EMULATED __m256d _mm512_castpd512_pd256(__m512d a) { return a.low; }
EMULATED __m128d _mm512_castpd512_pd128(__m512d a) { return _mm256_castpd256_pd128(a.low); }
EMULATED __m256i _mm512_castsi512_si256(__m512i a) { return a.low; }
EMULATED __m128i _mm512_castsi512_si128(__m512i a) { return _mm256_castsi256_si128(a.low); }
EMULATED float _mm512_cvtss_f32(__m512 a) { return _mm256_cvtss_f32(a.low); }
EMULATED double _mm512_cvtsd_f64(__m512d a) { return _mm256_cvtsd_f64(a.low); }

/* The upper half of a cast is undefined: ones, which no result may depend on. */
EMULATED __m512i _mm512_castsi256_si512(__m256i a) { return (__m512i){ a, _mm256_set1_epi32(-1) }; }
EMULATED __m512 _mm512_castps256_ps512(__m256 a) { return (__m512){ a, _mm256_castsi256_ps(_mm256_set1_epi32(-1)) }; }
EMULATED __m512d _mm512_castpd256_pd512(__m256d a) { return (__m512d){ a, _mm256_castsi256_pd(_mm256_set1_epi32(-1)) }; }
EMULATED __m512i _mm512_zextsi256_si512(__m256i a) { return (__m512i){ a, _mm256_setzero_si256() }; }
EMULATED __m512 _mm512_zextps256_ps512(__m256 a) { return (__m512){ a, _mm256_setzero_ps() }; }
EMULATED __m512d _mm512_zextpd256_pd512(__m256d a) { return (__m512d){ a, _mm256_setzero_pd() }; }

#endif
