/* program.c - what a user writes: built as C and as C++ against an installed libln */
#include <ln.h>
#include <stdio.h>

int main(void)
{
	const float x[4] = { 1.0f, 2.0f, 3.0f, 4.0f };
	float y[4];
	int status = ln_layernorm_f32(1, 4, x, NULL, NULL, 0.0, y);

	if (status != LN_OK) {
		fprintf(stderr, "layer norm: %s\n", ln_strerror(status));
		return 1;
	}
	printf("%s %.4f %.4f %.4f %.4f\n", ln_isa(), (double)y[0], (double)y[1], (double)y[2], (double)y[3]);
	return ln_version() != LN_VERSION || y[0] + y[3] != 0.0f || y[3] < 1.34f || y[3] > 1.35f;
}
