// The tile of the kernels that look up products by half bytes, for one width of vector. Included
// within the namespace of each of them, after its struct Vector and under its `#pragma GCC target`:
// no template can take an instruction set as a parameter.

template <int kRows, int kVectors>
void tile(const ParityJob& job, std::size_t row, std::size_t column) {
  Vector::Type sums[kRows][kVectors];
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) sums[r][v] = Vector::zero();
  }
  const std::uint8_t* source = job.source + column;
  const std::uint8_t* coefficients = job.coefficients + row;
  for (std::size_t i = 0; i < job.data; ++i) {
    Vector::Type low[kVectors], high[kVectors];
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) {
      // SAFETY: within [column, column + Vector::kBytes * kVectors) of a shard.
      const Vector::Type bytes = Vector::load(source + Vector::kBytes * v);
      low[v] = Vector::low_halves(bytes);
      high[v] = Vector::high_halves(bytes);
    }
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) {
      const auto& products = galois::kNibbleProducts[coefficients[r]];
      const Vector::Type of_low = Vector::table(products.low);
      const Vector::Type of_high = Vector::table(products.high);
#pragma GCC unroll 8
      for (int v = 0; v < kVectors; ++v) {
        sums[r][v] = Vector::sum(
            sums[r][v],
            Vector::sum(Vector::look_up(of_low, low[v]), Vector::look_up(of_high, high[v])));
      }
    }
    source += job.source_stride;
    coefficients += job.coefficient_stride;
  }
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
    std::uint8_t* target =
        job.target + (row + static_cast<std::size_t>(r)) * job.target_stride + column;
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) Vector::store(target + Vector::kBytes * v, sums[r][v]);
  }
}

constexpr ParityTile kWide[] = {tile<1, 2>, tile<2, 2>, tile<3, 2>, tile<4, 2>};
constexpr ParityTile kNarrow[] = {tile<1, 1>, tile<2, 1>, tile<3, 1>, tile<4, 1>};
