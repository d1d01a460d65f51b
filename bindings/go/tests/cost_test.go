// cost_test.go - what a call from Go costs, against the same call from C in the same run

package tests

import (
	"fmt"
	"sort"
	"testing"
	"time"

	"libln.example.invalid/ln"
)

const (
	cols      = 768
	mostExtra = 80 // nanoseconds that one call may take beyond that of C
)

func fromGo(calls, rows int, x, gamma, beta, y []float32) float64 {
	begin := time.Now()
	for i := 0; i < calls; i++ {
		if err := ln.LayerNorm(cols, x[:rows*cols], gamma, beta, 1e-5, y[:rows*cols]); err != nil {
			panic(err)
		}
	}
	return float64(time.Since(begin).Nanoseconds()) / float64(calls)
}

func median(of []float64) float64 {
	sort.Float64s(of)
	return of[len(of)/2]
}

// tensors are rows and parameters.
func tensors(rows int) (x, gamma, beta, y []float32) {
	x, y = make([]float32, rows*cols), make([]float32, rows*cols)
	gamma, beta = make([]float32, cols), make([]float32, cols)
	k, _ := kind("N(0,1)")
	fill(k, 1, rows, cols, x, gamma, beta)
	return x, gamma, beta, y
}

// BenchmarkCall is one row of 768, taken in turn from C and from Go: medians, and their difference, which has a bar.
func BenchmarkCall(b *testing.B) {
	const turns = 101
	x, gamma, beta, y := tensors(1)
	var c, g, extra []float64
	for i := 0; i < turns; i++ {
		c = append(c, fromC(1000, cols, x, gamma, beta, y))
		g = append(g, fromGo(1000, 1, x, gamma, beta, y))
		extra = append(extra, g[i]-c[i])
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(append([]float64(nil), c...)), "ns/C")
	b.ReportMetric(median(append([]float64(nil), g...)), "ns/Go")
	most := median(extra)
	b.ReportMetric(most, "ns/extra")
	if most > mostExtra {
		b.Errorf("a call from Go takes %.0f ns more than from C, and the bar is %d", most, mostExtra)
	}
}

// BenchmarkBatch is many rows in one call, per row, against a call for each.
func BenchmarkBatch(b *testing.B) {
	for _, rows := range []int{1, 4, 16, 64} {
		b.Run(fmt.Sprintf("rows=%d", rows), func(b *testing.B) {
			x, gamma, beta, y := tensors(rows)
			var batch, each []float64
			for i := 0; i < 51; i++ {
				batch = append(batch, fromGo(200, rows, x, gamma, beta, y)/float64(rows))
				begin := time.Now()
				for k := 0; k < 200; k++ {
					for row := 0; row < rows; row++ {
						from, to := row*cols, (row+1)*cols
						if err := ln.LayerNorm(cols, x[from:to], gamma, beta, 1e-5, y[from:to]); err != nil {
							b.Fatal(err)
						}
					}
				}
				each = append(each, float64(time.Since(begin).Nanoseconds())/float64(200*rows))
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(median(batch), "ns/row-in-a-batch")
			b.ReportMetric(median(each), "ns/row-by-row")
		})
	}
}
