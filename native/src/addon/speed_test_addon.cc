#include <algorithm>
#include <array>
#include <memory>
#include <string>

#include "addon/option_reader.h"
#include "addon/promised_task.h"
#include "addon/registration.h"
#include "speedtest/receiver.h"
#include "speedtest/sender.h"

namespace earthshine::addon {

namespace {

constexpr std::int64_t kMillisecond = 1'000'000;

std::array<std::uint8_t, 16> required_key(const OptionReader& options) {
  const auto key = options.key("key");
  if (!key) options.refuse("key", "16 bytes");
  return *key;
}

std::array<std::uint8_t, 16> ping_payload(const OptionReader& options) {
  const std::string text = options.string("pingPayload");
  std::array<std::uint8_t, 16> payload{};
  if (text.size() != payload.size()) options.refuse("pingPayload", "16 ASCII characters");
  std::copy(text.begin(), text.end(), payload.begin());
  return payload;
}

std::uint16_t port(const OptionReader& options, const char* key) {
  return static_cast<std::uint16_t>(options.integer(key, 1, 65535));
}

Napi::Number number(Napi::Env env, std::uint64_t value) {
  return Napi::Number::New(env, static_cast<double>(value));
}

Napi::Number milliseconds(Napi::Env env, Nanoseconds value) {
  return Napi::Number::New(env, static_cast<double>(value) / kMillisecond);
}

Napi::Value to_js(Napi::Env env, const SpeedTestSent& sent) {
  auto report = Napi::Object::New(env);
  report.Set("end", speed_test_end_name(sent.end));
  report.Set("method", sent.method);
  auto steps = Napi::Array::New(env, sent.steps.size());
  for (std::size_t i = 0; i < sent.steps.size(); ++i) {
    const SpeedTestSentStep& from = sent.steps[i];
    auto step = Napi::Object::New(env);
    step.Set("kbps", number(env, static_cast<std::uint64_t>(from.kbps)));
    step.Set("firstSequence", number(env, from.first));
    step.Set("packets", number(env, from.packets));
    step.Set("unsent", number(env, from.unsent));
    step.Set("duration", milliseconds(env, from.duration));
    steps.Set(static_cast<std::uint32_t>(i), step);
  }
  report.Set("steps", steps);
  return report;
}

Napi::Value start(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const OptionReader options(info[0], "options");
  const OptionReader endpoint = options.object("endpoint");
  auto opened = SpeedTestSender::open(
      {.endpoint = {.address = endpoint.string("address"),
                    .port = port(endpoint, "port"),
                    .local_address = endpoint.string("localAddress"),
                    .local_port = port(endpoint, "localPort")},
       .key = required_key(options),
       .ping_payload = ping_payload(options),
       .kbps = options.integer("kbps", 1, kSpeedTestMostKbps),
       .duration =
           options.integer("duration", 1, kSpeedTestLongest / kMillisecond) * kMillisecond});
  if (!opened) throw Napi::Error::New(env, opened.fault().message);
  const std::shared_ptr<SpeedTestSender> sender = std::move(opened.value());
  auto test = Napi::Object::New(env);
  test.Set("ended",
           PromisedTask<SpeedTestSent>::run(
               env, "speedTest", [sender]() -> Result<SpeedTestSent> { return sender->run(); },
               [](Napi::Env settled, SpeedTestSent& sent) { return to_js(settled, sent); }));
  test.Set("setRate", Napi::Function::New(
                          env,
                          [sender](const Napi::CallbackInfo& call) {
                            const bool taken =
                                sender->set_rate(integer_argument(call, 0, 1, kSpeedTestMostKbps));
                            return Napi::Boolean::New(call.Env(), taken);
                          },
                          "setRate"));
  test.Set("stop", Napi::Function::New(
                       env, [sender](const Napi::CallbackInfo&) { sender->stop(); }, "stop"));
  return test;
}

Napi::Object to_js(Napi::Env env, const SpeedTestStepFigures& from) {
  auto step = Napi::Object::New(env);
  step.Set("packets", number(env, from.packets));
  step.Set("duplicates", number(env, from.duplicates));
  step.Set("reordered", number(env, from.reordered));
  step.Set("firstSequence", number(env, from.first));
  step.Set("lastSequence", number(env, from.last));
  step.Set("duration", milliseconds(env, from.last_arrived - from.first_arrived));
  step.Set("jitter", milliseconds(env, from.jitter));
  step.Set("leastTransit", milliseconds(env, from.least_transit));
  step.Set("mostTransit", milliseconds(env, from.most_transit));
  step.Set("transit", milliseconds(env, from.transit));
  return step;
}

Napi::Value to_js(Napi::Env env, const SpeedTestReceiver::Snapshot& snapshot) {
  const SpeedTestFigures& from = snapshot.figures;
  auto figures = Napi::Object::New(env);
  figures.Set("packets", number(env, from.packets));
  figures.Set("lost", number(env, from.lost));
  figures.Set("duplicates", number(env, from.duplicates));
  figures.Set("reordered", number(env, from.reordered));
  figures.Set("ancient", number(env, from.ancient));
  figures.Set("foreign", number(env, from.foreign + snapshot.counts.oversized));
  figures.Set("overflowed", number(env, snapshot.counts.overflowed));
  figures.Set("receiveBuffer", number(env, snapshot.receive_buffer));
  figures.Set("coalescing", snapshot.coalescing);
  auto steps = Napi::Array::New(env, from.steps);
  for (std::size_t i = 0; i < from.steps; ++i) {
    steps.Set(static_cast<std::uint32_t>(i), to_js(env, from.step[i]));
  }
  figures.Set("steps", steps);
  auto intervals = Napi::Array::New(env, from.intervals);
  for (std::size_t i = 0; i < from.intervals; ++i) {
    auto interval = Napi::Object::New(env);
    interval.Set("packets", number(env, from.interval[i].packets));
    interval.Set("lost", Napi::Number::New(env, static_cast<double>(from.interval[i].lost)));
    intervals.Set(static_cast<std::uint32_t>(i), interval);
  }
  figures.Set("intervals", intervals);
  if (!snapshot.fault.empty()) figures.Set("fault", snapshot.fault);
  return figures;
}

Napi::Value open_receiver(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const OptionReader options(info[0], "options");
  auto opened = SpeedTestReceiver::open({.address = options.string("address"),
                                         .port = port(options, "port"),
                                         .key = required_key(options),
                                         .ping_payload = ping_payload(options)});
  if (!opened) throw Napi::Error::New(env, opened.fault().message);
  const std::shared_ptr<SpeedTestReceiver> held = std::move(opened.value());
  auto receiver = Napi::Object::New(env);
  receiver.Set("figures", Napi::Function::New(
                              env,
                              [held](const Napi::CallbackInfo& call) {
                                return to_js(call.Env(), held->snapshot());
                              },
                              "figures"));
  receiver.Set("close", Napi::Function::New(
                            env,
                            [held](const Napi::CallbackInfo& call) -> Napi::Value {
                              return PromisedTask<SpeedTestReceiver::Snapshot>::run(
                                  call.Env(), "closeSpeedTestReceiver",
                                  [held]() -> Result<SpeedTestReceiver::Snapshot> {
                                    held->close();
                                    return held->snapshot();
                                  },
                                  [](Napi::Env settled, SpeedTestReceiver::Snapshot& last) {
                                    return to_js(settled, last);
                                  });
                            },
                            "close"));
  return receiver;
}

}  // namespace

void register_speed_test(Napi::Env env, Napi::Object exports) {
  exports.Set("startSpeedTest", Napi::Function::New(env, start, "startSpeedTest"));
  exports.Set("openSpeedTestReceiver",
              Napi::Function::New(env, open_receiver, "openSpeedTestReceiver"));
}

}  // namespace earthshine::addon
