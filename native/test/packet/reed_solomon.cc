#include "packet/reed_solomon.h"

#include <doctest/doctest.h>

#include <random>

#include "packet/galois_field.h"
#include "packet/parity_kernel.h"
#include "support/erasure_decoder.h"
#include "support/vectors.h"

using namespace earthshine;

namespace {

ParityJob video_job(const ShardRows& rows, std::size_t data, std::size_t parity) {
  return {.coefficients = cauchy_columns(parity),
          .coefficient_stride = parity,
          .data = data,
          .parity = parity,
          .source = rows.data,
          .source_stride = rows.data_stride,
          .target = rows.parity,
          .target_stride = rows.parity_stride,
          .length = rows.length};
}

}  // namespace

TEST_CASE("galois field: the tables of the vectors") {
  const auto tables = vectors::load("reed-solomon")["tables"];
  CHECK(vectors::to_hex(std::span(galois::kExp).first(32)) == tables["expFirst32"]);
  CHECK(vectors::to_hex(std::span(galois::kLog).subspan(1, 32)) == tables["logOf1to32"]);
  CHECK(vectors::to_hex(std::span(galois::kInverse).subspan(1, 32)) == tables["inverseOf1to32"]);
}

TEST_CASE("reed-solomon: parity of every vector, by every kernel; erased shards come back") {
  const auto file = vectors::load("reed-solomon");
  std::size_t cases = 0;
  for (const auto& vector : file["cases"]) {
    CAPTURE(vector["name"].get<std::string>());
    const std::size_t k = vector["dataShards"], m = vector["parityShards"],
                      length = vector["shardBytes"];
    const bool video = vector["matrix"] == "cauchy";
    const auto data = vectors::generated(vector["seed"], k * length);
    REQUIRE(vectors::sha256(data) == vector["dataSha256"]);

    vectors::Bytes parity(m * length);
    const ShardRows rows{data.data(), length, parity.data(), length, length};
    if (video) {
      encode_video_parity(rows, k, m);
    } else {
      encode_audio_parity(rows);
    }
    CHECK(vectors::sha256(parity) == vector["paritySha256"]);
    if (video) {
      for (const ParityKernel& kernel : supported_parity_kernels()) {
        CAPTURE(kernel.name);
        std::fill(parity.begin(), parity.end(), 0xAA);
        kernel.run(video_job(rows, k, m));
        CHECK(vectors::sha256(parity) == vector["paritySha256"]);
      }
      vectors::Bytes matrix(k * m);
      for (std::size_t i = 0; i < k; ++i) {
        for (std::size_t j = 0; j < m; ++j) matrix[j * k + i] = cauchy_columns(m)[i * m + j];
      }
      CHECK(vectors::sha256(matrix) == vector["matrixSha256"]);
    }

    test::Shards shards;
    for (std::size_t s = 0; s < k + m; ++s) {
      const std::uint8_t* at = s < k ? &data[s * length] : &parity[(s - k) * length];
      shards.emplace_back(vectors::Bytes(at, at + length));
    }
    for (const std::size_t lost : vector["erased"]) shards[lost].reset();
    const std::uint8_t audio[2][4] = {{0x77, 0x40, 0x38, 0x0E}, {0xC7, 0xA7, 0x0D, 0x6C}};
    const auto restored = test::decode(shards, k, [&](std::size_t j, std::size_t i) {
      return video ? galois::kInverse[(m + i) ^ j] : audio[j][i];
    });
    REQUIRE(restored);
    for (std::size_t i = 0; i < k; ++i) {
      CHECK(std::equal((*restored)[i].begin(), (*restored)[i].end(), &data[i * length]));
    }
    ++cases;
  }
  CHECK(cases == 9);
}

TEST_CASE("reed-solomon: all kernels agree for any counts, sizes, distances and alignments") {
  const auto kernels = supported_parity_kernels();
  std::mt19937 random(20261120);
  const auto between = [&](std::size_t low, std::size_t high) {
    return std::uniform_int_distribution<std::size_t>(low, high)(random);
  };
  for (int round = 0; round < 400; ++round) {
    // Every few rounds the largest blocks and the shortest shards.
    const std::size_t total = round % 8 == 0 ? 255 : between(2, 255);
    const std::size_t parity = between(1, std::min<std::size_t>(total - 1, round % 8 ? 60 : 254));
    const std::size_t data = total - parity;
    const std::size_t length = round % 5 == 0 ? between(1, 70) : between(1, 700);
    const std::size_t stride = length + between(0, 40);
    const std::size_t offset = between(0, 63);
    CAPTURE(data);
    CAPTURE(parity);
    CAPTURE(length);
    vectors::Bytes source(offset + data * stride);
    for (auto& byte : source) byte = static_cast<std::uint8_t>(random());
    vectors::Bytes expected;
    for (const ParityKernel& kernel : kernels) {
      CAPTURE(kernel.name);
      // The bytes between the shards must stay as they are.
      vectors::Bytes target(offset + parity * stride, 0x5C);
      kernel.run(video_job({source.data() + offset, stride, target.data() + offset, stride, length},
                           data, parity));
      if (expected.empty()) {
        expected = target;
        for (std::size_t j = 0; j < parity; ++j) {
          for (std::size_t b = length; b < stride; ++b) {
            REQUIRE(target[offset + j * stride + b] == 0x5C);
          }
        }
      }
      REQUIRE(target == expected);
    }
  }
}

TEST_CASE("reed-solomon: the portable kernel is the definition") {
  for (const auto& [data, parity] :
       {std::pair<std::size_t, std::size_t>{1, 254}, {254, 1}, {17, 9}, {128, 127}}) {
    const std::size_t length = 7;
    const auto source = vectors::generated(static_cast<std::uint32_t>(data), data * length);
    vectors::Bytes target(parity * length);
    encode_video_parity({source.data(), length, target.data(), length, length}, data, parity);
    for (std::size_t j = 0; j < parity; ++j) {
      for (std::size_t b = 0; b < length; ++b) {
        std::uint8_t sum = 0;
        for (std::size_t i = 0; i < data; ++i) {
          sum ^= galois::multiply(galois::kInverse[(parity + i) ^ j], source[i * length + b]);
        }
        REQUIRE(target[j * length + b] == sum);
      }
    }
  }
}
