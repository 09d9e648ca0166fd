#include "net/audio_stream.h"

#include <mutex>
#include <utility>

#include "net/batch_sender.h"
#include "net/media_socket.h"
#include "packet/audio_packetizer.h"

namespace earthshine {

struct AudioStream::Implementation {
  Implementation(const AudioStreamOptions& stream_options, CounterSlot& slot)
      : options(stream_options), counters(slot), packetizer(options.key, options.key_id) {}

  void send(std::span<const std::uint8_t> opus) {
    std::shared_ptr<MediaSocket> current;
    {
      const std::scoped_lock lock(mutex);
      current = socket;
    }
    // The first packet that a client hears of a new key is number 0.
    if (!current) return;
    const auto sequence = static_cast<std::uint16_t>(counters.audio_sequence.fetch_add(1));
    const std::uint32_t timestamp =
        counters.audio_timestamp.fetch_add(static_cast<std::uint32_t>(options.packet_duration));
    const auto datagrams = packetizer.packetize(opus, sequence, timestamp);
    const SendCounts before = sender.counts();
    sender.send_each(*current, std::span(datagrams.each).first(datagrams.count));
    const SendCounts& after = sender.counts();
    const std::scoped_lock lock(mutex);
    statistics.packets += after.packets - before.packets;
    statistics.bytes += after.bytes - before.bytes;
    statistics.send_drops += after.drops - before.drops;
    statistics.send_errors += after.errors - before.errors + (datagrams.count == 0 ? 1 : 0);
  }

  const AudioStreamOptions options;
  CounterSlot& counters;
  AudioPacketizer packetizer;
  /// Each Opus packet leaves at once with its parity, so there is nothing to segment.
  BatchSender sender{BatchSender::Method::kBatch};

  std::mutex mutex;
  std::shared_ptr<MediaSocket> socket;
  AudioStreamStatistics statistics;
};

AudioStream::AudioStream(const AudioStreamOptions& options, CounterSlot& counters)
    : implementation_(std::make_unique<Implementation>(options, counters)) {}

AudioStream::~AudioStream() = default;

void AudioStream::send(std::span<const std::uint8_t> opus) {
  implementation_->send(opus);
}

Result<bool> AudioStream::set_endpoint(const Endpoint& endpoint) {
  const auto opened = MediaSocket::open(endpoint, kAudioMarking, implementation_->options.dscp, 0);
  if (!opened) return opened.fault();
  const std::scoped_lock lock(implementation_->mutex);
  implementation_->socket = opened.value();
  return true;
}

AudioStreamStatistics AudioStream::take_statistics() {
  const std::scoped_lock lock(implementation_->mutex);
  return std::exchange(implementation_->statistics, {});
}

}  // namespace earthshine
