// cells.h - recurrent steps, and what they are compared with: a copy of their operands, and plain loops. A shape is rows x hidden
#ifndef LN_BENCH_CELLS_H
#define LN_BENCH_CELLS_H

#include "loops.h"
#include "tensors.h"

template <uint32_t cell> struct Cell {
	static constexpr size_t gates = cell == LN_RNN ? 1 : cell == LN_LSTM ? 4 : 3;
	explicit Cell(Shape shape)
		: s(shape), d(describe(shape)), param_count(ln_cell_param_count(&d)), wh(normals<LN_F32>(gates * s.count(), 1)),
		  wx(normals<LN_F32>(gates * s.count(), 2)), h_prev(normals<LN_F32>(s.count(), 3)), c_prev(normals<LN_F32>(s.count(), 4)),
		  params(normals<LN_F32>(param_count, 5)), h(zeros<float>(s.count())), c(zeros<float>(s.count()))
	{
	}
	static ln_cell_desc describe(Shape s)
	{
		ln_cell_desc d = {};
		d.struct_size = sizeof d;
		d.cell = cell;
		d.rows = s.rows;
		d.hidden = s.cols;
		d.eps = 1e-5;
		return d;
	}
	int operator()()
	{
		ln_cell_forward_tensors t = {};
		t.struct_size = sizeof t;
		t.wh = wh.get();
		t.wx = wx.get();
		t.h_prev = h_prev.get();
		t.c_prev = c_prev.get();
		t.params = params.get();
		t.h = h.get();
		t.c = c.get();
		return ln_cell_forward(&d, &t);
	}
	// Each operand once: products, states before and after, parameters
	size_t bytes() const
	{
		size_t states = cell == LN_RNN ? 1 : cell == LN_LSTM ? 3 : 2;
		return ((2 * gates + states) * s.count() + param_count) * sizeof(float);
	}
	Shape s;
	ln_cell_desc d;
	size_t param_count;
	Tensor<float> wh, wx, h_prev, c_prev, params, h, c;
};

template <uint32_t cell> struct CellCopy : Cell<cell> {
	explicit CellCopy(Shape shape) : Cell<cell>(shape), from(zeros<char>(this->bytes() / 2)), to(zeros<char>(this->bytes() / 2)) {}
	int operator()()	// reads half of the bytes and writes the other half
	{
		std::memcpy(to.get(), from.get(), this->bytes() / 2);
		return LN_OK;
	}
	Tensor<char> from, to;
};

template <uint32_t cell> struct CellLoops : Cell<cell> {
	explicit CellLoops(Shape shape) : Cell<cell>(shape), scratch(zeros<float>(2 * Cell<cell>::gates * shape.cols)) {}
	int operator()()
	{
		size_t rows = this->s.rows, hidden = this->s.cols;
		if (cell == LN_RNN)
			rnn_loops(rows, hidden, 1e-5f, this->wh.get(), this->wx.get(), this->params.get(), this->h.get(), scratch.get());
		else if (cell == LN_LSTM)
			lstm_loops(rows, hidden, 1e-5f, this->wh.get(), this->wx.get(), this->c_prev.get(), this->params.get(), this->h.get(),
				   this->c.get(), scratch.get());
		else
			gru_loops(rows, hidden, 1e-5f, this->wh.get(), this->wx.get(), this->h_prev.get(), this->params.get(), this->h.get(),
				  scratch.get());
		return LN_OK;
	}
	Tensor<float> scratch;
};

template <uint32_t cell> struct CellBackward : Cell<cell> {
	explicit CellBackward(Shape shape)
		: Cell<cell>(shape), dh(normals<LN_F32>(shape.count(), 6)), dc(normals<LN_F32>(shape.count(), 7)),
		  dwh(zeros<float>(Cell<cell>::gates * shape.count())), dwx(zeros<float>(Cell<cell>::gates * shape.count())),
		  dh_prev(zeros<float>(shape.count())), dc_prev(zeros<float>(shape.count())), dparams(zeros<float>(this->param_count)),
		  workspace_size(ln_cell_backward_workspace_size(&this->d)), workspace(zeros<double>(workspace_size / sizeof(double) + 1))
	{
	}
	int operator()()
	{
		ln_cell_backward_tensors t = {};
		t.struct_size = sizeof t;
		t.wh = this->wh.get();
		t.wx = this->wx.get();
		t.h_prev = this->h_prev.get();
		t.c_prev = this->c_prev.get();
		t.params = this->params.get();
		t.dh = dh.get();
		t.dc = dc.get();
		t.dwh = dwh.get();
		t.dwx = dwx.get();
		t.dh_prev = dh_prev.get();
		t.dc_prev = dc_prev.get();
		t.dparams = dparams.get();
		t.workspace = workspace.get();
		t.workspace_size = workspace_size;
		return ln_cell_backward(&this->d, &t);
	}
	Tensor<float> dh, dc, dwh, dwx, dh_prev, dc_prev, dparams;
	size_t workspace_size;
	Tensor<double> workspace;
};

#endif
