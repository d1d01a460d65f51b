/* scales.c - the scales that a quantised y has of its own: how many, and of what type */
#include "desc.h"
#include "strides.h"

int ln_refuse_scales(const ln_desc *d, struct fault *fault)
{
	bool groups = d->cols_per_scale != 0;

	return ln_refuse(fault, (struct fault){ LN_ERR_FLAGS, "@ # is set, but flags have no LN_ROW_SCALE", { groups ? "cols_per_scale" : "scale_type" },
						{ groups ? d->cols_per_scale : d->scale_type } });
}

int ln_resolve_scales(const ln_desc *d, struct request *r, struct fault *fault)
{
	size_t bytes;

	r->cols_per_scale = d->cols_per_scale != 0 ? ln_least((size_t)d->cols_per_scale, r->cols) : r->cols;
	r->scale_size = d->scale_type == LN_E8M0 ? sizeof(uint8_t) : sizeof(float);
	if (d->cols_per_scale > d->cols || (r->cols_per_scale != r->cols && r->cols % r->cols_per_scale != 0))
		return ln_refuse_shape(fault, "cols # is not a multiple of cols_per_scale #", NULL, d->cols, d->cols_per_scale);
	if ((d->flags & LN_ROW_SCALE) && (!ln_madd_fits(r->rows, r->scale_size, 0, &bytes) || !ln_madd_fits(bytes, ln_scales_of_row(r), 0, &bytes)))
		return ln_refuse_shape(fault, "the scales take more than PTRDIFF_MAX bytes", NULL, 0, 0);
	return LN_OK;
}
