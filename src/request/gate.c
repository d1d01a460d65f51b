/* gate.c - which flags of a gate go together, and with what else */
#include "desc.h"

static int refuse_gate(struct fault *fault, int status, const char *words)
{
	return ln_refuse(fault, (struct fault){ status, words, { 0 }, { 0 } });
}

int ln_check_gate(const ln_desc *d, const struct request *r, struct fault *fault)
{
	bool self = d->flags & LN_GATE_SELF, before = d->flags & LN_GATE_BEFORE;

	if (self && r->gate.at != NULL)
		return refuse_gate(fault, LN_ERR_FLAGS, "gate is given, but flags have LN_GATE_SELF");
	if (self && d->x_type == LN_F64)
		return refuse_gate(fault, LN_ERR_UNSUPPORTED, "flags have LN_GATE_SELF, but there is no gate for doubles");
	if (before && self)
		return refuse_gate(fault, LN_ERR_FLAGS, "flags have both LN_GATE_BEFORE and LN_GATE_SELF");
	if (before && (d->flags & LN_ROUND_BEFORE_GATE))
		return refuse_gate(fault, LN_ERR_FLAGS, "flags have LN_ROUND_BEFORE_GATE, but with LN_GATE_BEFORE the norm comes after the gate");
	if (before && r->gate.at != NULL && r->residual.at != NULL)
		return refuse_gate(fault, LN_ERR_UNSUPPORTED, "flags have LN_GATE_BEFORE, which does not go with a residual");
	if ((d->flags & LN_ROUND_BEFORE_GATE) && ln_is_quantised(d->y_type))
		return refuse_gate(fault, LN_ERR_FLAGS, "flags have LN_ROUND_BEFORE_GATE, but y is quantised");
	return LN_OK;
}
