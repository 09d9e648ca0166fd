#include "audio/sound_server.h"

#include <functional>
#include <future>
#include <map>
#include <utility>

#include "audio/default_sink.h"
#include "pipewire/server_link.h"

namespace earthshine {

namespace {

/// One short connection: lists the server, reads the defaults, does one thing, ends.
class Inquiry {
 public:
  /// Runs on the connection's thread when everything is known.
  using Act = std::function<void(Inquiry&)>;

  explicit Inquiry(Act act)
      : act_(std::move(act)),
        metadata_([this](std::string_view key, std::string name) {
          defaults_[std::string(key)] = std::move(name);
          if (changed_) changed_();
        }),
        link_("audio inquiry", false,
              {.listed = [this] { link_.sync([this] { act_(*this); }); },
               .lost = [this](const std::string& reason) { answer(Fault{reason}); },
               .added = [this](const ServerObject& object) { metadata_.added(link_, object); },
               .removed = [this](std::uint32_t id) { metadata_.removed(id); },
               .tick = {},
               .ending = [this] { metadata_.drop(); }}) {}

  Result<bool> run(std::chrono::milliseconds patience) {
    auto done = done_.get_future();
    if (auto started = link_.start(); !started) return started;
    const bool ready = done.wait_for(patience) == std::future_status::ready;
    link_.close();
    if (ready) return done.get();
    return Fault{"The PipeWire server did not answer within " +
                 std::to_string(patience.count() / 1000) +
                 " seconds; restart it with \"systemctl --user restart pipewire wireplumber\"."};
  }

  void answer(Result<bool> result) {
    if (std::exchange(answered_, true)) return;
    metadata_.drop();
    done_.set_value(std::move(result));
  }

  [[nodiscard]] DefaultMetadata& metadata() { return metadata_; }
  [[nodiscard]] ServerLink& link() { return link_; }
  /// Called on the connection's thread whenever one of the defaults was set.
  void on_change(std::function<void()> changed) { changed_ = std::move(changed); }
  /// Valid after `run` too.
  [[nodiscard]] std::string value(const char* key) const {
    const auto found = defaults_.find(key);
    return found == defaults_.end() ? std::string() : found->second;
  }

 private:
  const Act act_;
  std::function<void()> changed_;
  std::promise<Result<bool>> done_;
  bool answered_ = false;
  std::map<std::string, std::string> defaults_;
  DefaultMetadata metadata_;
  ServerLink link_;
};

Fault no_session_manager() {
  return Fault{
      "PipeWire runs without a session manager, so it has no default sound output; start it with "
      "\"systemctl --user start wireplumber\"."};
}

}  // namespace

Result<SoundServer> probe_sound(std::chrono::milliseconds patience) {
  std::string version;
  Inquiry inquiry([&version](Inquiry& self) {
    version = self.link().server_version();
    self.link().defer([&self] { self.answer(true); });
  });
  if (auto result = inquiry.run(patience); !result) return result.fault();
  return SoundServer{"PipeWire", version, inquiry.value(kEffectiveDefault)};
}

Result<std::string> read_default_sink(std::chrono::milliseconds patience) {
  Inquiry inquiry([](Inquiry& self) {
    self.link().defer([&self] {
      self.answer(self.metadata().found() ? Result<bool>(true) : no_session_manager());
    });
  });
  if (auto result = inquiry.run(patience); !result) return result.fault();
  return inquiry.value(kConfiguredDefault);
}

Result<bool> write_default_sink(const std::string& name, std::chrono::milliseconds patience) {
  Inquiry inquiry([&name](Inquiry& self) {
    if (!self.metadata().found()) {
      self.link().defer([&self] { self.answer(no_session_manager()); });
      return;
    }
    // The session manager keeps the value, in a process of its own: it is taken once it comes back.
    const auto settle = [&self, &name] {
      if (self.value(kConfiguredDefault) != name) return false;
      self.link().defer([&self] { self.answer(true); });
      return true;
    };
    if (settle()) return;
    self.on_change([settle] { settle(); });
    self.metadata().write(kConfiguredDefault, name);
  });
  return inquiry.run(patience);
}

}  // namespace earthshine
