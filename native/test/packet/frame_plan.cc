#include "packet/frame_plan.h"

#include <doctest/doctest.h>

#include "packet/reed_solomon.h"

using namespace earthshine;

TEST_CASE("frame plan: small blocks get the least parity, at a percentage that yields it") {
  const std::array<unsigned, 12> percentages = {0, 200, 100, 66, 50, 40, 20, 20, 20, 20, 20, 20};
  for (std::size_t data = 1; data <= 11; ++data) {
    const auto plan = plan_frame(data * 1376 - 8, {});
    REQUIRE(plan);
    CHECK(plan->block_count == 1);
    CHECK(plan->blocks[0].data == data);
    CHECK(plan->blocks[0].percentage == percentages[data]);
    CHECK(plan->blocks[0].parity == (data <= 10 ? 2 : 3));
    CHECK(plan->last_payload == 1376);
  }
}

TEST_CASE("frame plan: a frame over four blocks keeps what parity fits, or none if so wished") {
  FrameShape shape{.packet_size = 1392};
  const std::size_t four_blocks = 848 * std::size_t{1376} - 8;
  CHECK(plan_frame(four_blocks, shape)->blocks[3].percentage == 20);
  const auto less = plan_frame(four_blocks + 1, shape);
  REQUIRE(less);
  CHECK(less->block_count == 4);
  CHECK(less->blocks[0].data == 213);
  CHECK(less->blocks[0].percentage == 19);
  CHECK(less->blocks[0].parity == 41);
  shape.oversize = Oversize::kNoParity;
  const auto none = plan_frame(four_blocks + 1, shape);
  REQUIRE(none);
  CHECK(none->blocks[0].parity == 0);
  CHECK(none->blocks[0].percentage == 0);
  CHECK(none->shards == 849);
}

TEST_CASE("frame plan: whatever four blocks of 255 shards can hold keeps parity") {
  for (std::size_t data = 1; data <= 4092; ++data) {
    CAPTURE(data);
    const auto plan = plan_frame(data * 1376 - 8, {});
    REQUIRE(plan);
    // One percent of a block of 253 would be three shards, which is one too many.
    const std::size_t largest = (data + plan->block_count - 1) / plan->block_count;
    for (std::size_t b = 0; b < plan->block_count; ++b) {
      const BlockPlan& block = plan->blocks[b];
      if (largest <= 252) {
        REQUIRE(block.percentage >= 1);
        REQUIRE(block.parity >= 1);
      }
      if (block.percentage > 0) REQUIRE(block.data + block.parity <= kMaxBlockShards);
    }
    if (data > 848 && largest <= 252) {
      // One percent more would not fit.
      REQUIRE(largest + parity_at(largest, plan->blocks[0].percentage + 1) > kMaxBlockShards);
    }
  }
}

TEST_CASE("frame plan: 4092 data shards are the most") {
  CHECK(plan_frame(4092 * std::size_t{1376} - 8, {}));
  CHECK_FALSE(plan_frame(4092 * std::size_t{1376} - 7, {}));
}

TEST_CASE("frame plan: every plan adds up, and the client computes its parity from it") {
  for (const std::size_t packet_size : {std::size_t{80}, std::size_t{1024}, std::size_t{1392}}) {
    for (const unsigned percentage : {0U, 1U, 5U, 20U, 33U, 100U, 255U}) {
      for (const unsigned min_parity : {0U, 1U, 2U, 3U, 7U, 60U, 300U}) {
        for (const auto oversize : {Oversize::kNoParity, Oversize::kLessParity}) {
          const FrameShape shape{packet_size, percentage, min_parity, oversize};
          for (std::size_t bytes = 0; bytes < 4300 * shape.payload_bytes();
               bytes += 1 + bytes / 37 + shape.payload_bytes() / 3) {
            const auto plan = plan_frame(bytes, shape);
            if (!plan) {
              REQUIRE(bytes + 8 > 4080 * shape.payload_bytes());
              continue;
            }
            std::size_t data = 0, shards = 0;
            REQUIRE(plan->block_count >= 1);
            REQUIRE(plan->block_count <= kMaxBlocks);
            for (std::size_t b = 0; b < plan->block_count; ++b) {
              const BlockPlan& block = plan->blocks[b];
              REQUIRE(block.first_data == data);
              REQUIRE(block.first_shard == shards);
              REQUIRE(block.data >= 1);
              REQUIRE(block.data <= kMaxBlockData);
              REQUIRE(block.percentage <= 255);
              REQUIRE(block.parity == parity_at(block.data, block.percentage));
              if (block.parity > 0) REQUIRE(block.data + block.parity <= kMaxBlockShards);
              data += block.data;
              shards += block.data + block.parity;
            }
            REQUIRE(data == plan->data);
            REQUIRE(shards == plan->shards);
            REQUIRE(plan->last_payload >= 1);
            REQUIRE((data - 1) * shape.payload_bytes() + plan->last_payload == bytes + 8);
          }
        }
      }
    }
  }
}

TEST_CASE(
    "frame plan: the longest access unit fits, whatever the parity, and a shard more does not") {
  for (const std::size_t packet_size : {64, 1024, 1392, 65'000}) {
    for (const unsigned percentage : {0U, 20U, 255U}) {
      CAPTURE(packet_size);
      CAPTURE(percentage);
      const FrameShape shape{.packet_size = packet_size, .fec_percentage = percentage};
      const std::size_t longest = largest_access_unit(shape);
      CHECK(plan_frame(longest, shape));
      CHECK_FALSE(plan_frame(longest + shape.payload_bytes(), shape));
      CHECK(longest == largest_access_unit({.packet_size = packet_size}));
      // Four blocks of 1023 shards, but for the rounding of their sizes.
      CHECK(longest > 4080 * shape.payload_bytes());
    }
  }
}
