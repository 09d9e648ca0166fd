#include "audio/audio_track.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <system_error>
#include <thread>

#include "audio/monitor_reader.h"
#include "audio/multistream_encoder.h"
#include "base/clock.h"
#include "base/thread_raiser.h"

namespace earthshine {

namespace {

using Clock = std::chrono::steady_clock;

/// A thread that wakes this late was suspended with the whole machine: the clock starts anew
/// instead of pouring out everything that was missed.
constexpr auto kSuspended = std::chrono::milliseconds(250);

class ClockedTrack final : public AudioTrack {
 public:
  ClockedTrack(const AudioTrackOptions& options, MultistreamEncoder encoder,
               std::unique_ptr<MonitorReader> reader, OnPacket on_packet)
      : encoder_(std::move(encoder)),
        reader_(std::move(reader)),
        on_packet_(std::move(on_packet)),
        period_(std::chrono::milliseconds(options.packet_duration)),
        samples_(static_cast<std::size_t>(encoder_.frames() * encoder_.channels())) {}

  ~ClockedTrack() override { close(); }

  void start() {
    thread_ = std::thread([this] {
      pthread_setname_np(pthread_self(), "audio packets");
      raiser_.raise_this_thread(ThreadRole::kShortWakes);
      run();
      raiser_.finish();
    });
  }

  void follow(const std::string& sink) override {
    if (reader_) reader_->follow(sink);
  }

  [[nodiscard]] ThreadClass thread_class() const override { return raiser_.granted(); }

  void close() override {
    // The thread sees it at the end of its packet.
    closing_ = true;
    if (thread_.joinable()) thread_.join();
    if (reader_) reader_->close();
  }

 private:
  void run() {
    auto due = Clock::now();
    while (!closing_) {
      if (reader_) {
        reader_->buffer().read(samples_, now());
      } else {
        std::fill(samples_.begin(), samples_.end(), 0.0F);
      }
      const auto packet = encoder_.encode(samples_);
      if (!packet.empty()) on_packet_(packet);

      due += period_;
      if (Clock::now() - due > kSuspended) due = Clock::now();
      // One system call a packet; a condition that could be woken would cost two.
      std::this_thread::sleep_until(due);
    }
  }

  MultistreamEncoder encoder_;
  std::unique_ptr<MonitorReader> reader_;
  OnPacket on_packet_;
  const Clock::duration period_;
  std::vector<float> samples_;

  std::atomic<bool> closing_ = false;
  ThreadRaiser raiser_;
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<AudioTrack>> AudioTrack::open(const AudioTrackOptions& options,
                                                     OnPacket on_packet, OnNotice on_notice) {
  auto encoder = MultistreamEncoder::open({.channels = options.channels,
                                           .streams = options.streams,
                                           .coupled_streams = options.coupled_streams,
                                           .mapping = options.mapping,
                                           .bitrate = options.bitrate,
                                           .packet_duration = options.packet_duration});
  if (!encoder) return encoder.fault();
  std::unique_ptr<MonitorReader> reader;
  if (options.source != AudioTrackOptions::Source::kSilence) {
    const bool named = options.source == AudioTrackOptions::Source::kSink;
    if (named && options.sink.empty()) return Fault{"The sink to be streamed has no name."};
    reader = std::make_unique<MonitorReader>(
        MonitorReaderOptions{.sink = named ? options.sink : std::string(),
                             .channels = options.channels,
                             .packet_frames = encoder.value().frames()},
        std::move(on_notice));
    if (auto started = reader->start(); !started) return started.fault();
  }
  auto track = std::make_unique<ClockedTrack>(options, std::move(encoder.value()),
                                              std::move(reader), std::move(on_packet));
  try {
    track->start();
  } catch (const std::system_error& error) {
    return Fault{std::string("The sound's thread could not be started: ") + error.what() + "."};
  }
  return std::unique_ptr<AudioTrack>(std::move(track));
}

}  // namespace earthshine
