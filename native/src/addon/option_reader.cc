#include "addon/option_reader.h"

#include <algorithm>
#include <cmath>

namespace earthshine::addon {
namespace {

bool is_whole(const Napi::Value& value, std::int64_t least, std::int64_t most) {
  if (!value.IsNumber()) return false;
  const double number = value.As<Napi::Number>().DoubleValue();
  return number == std::floor(number) && number >= static_cast<double>(least) &&
         number <= static_cast<double>(most);
}

}  // namespace

OptionReader::OptionReader(const Napi::Value& value, std::string name) : name_(std::move(name)) {
  if (!value.IsObject()) throw Napi::TypeError::New(value.Env(), name_ + " is not an object");
  object_ = value.As<Napi::Object>();
}

void OptionReader::refuse(const char* key, const char* expected) const {
  throw Napi::TypeError::New(object_.Env(), name_ + "." + key + " is not " + expected);
}

bool OptionReader::has(const char* key) const {
  const Napi::Value value = object_.Get(key);
  return !value.IsUndefined() && !value.IsNull();
}

OptionReader OptionReader::object(const char* key) const {
  return {object_.Get(key), name_ + "." + key};
}

std::int64_t OptionReader::integer(const char* key, std::int64_t least, std::int64_t most) const {
  const Napi::Value value = object_.Get(key);
  if (!is_whole(value, least, most)) {
    const std::string expected =
        "a whole number from " + std::to_string(least) + " to " + std::to_string(most);
    refuse(key, expected.c_str());
  }
  return value.As<Napi::Number>().Int64Value();
}

double OptionReader::number(const char* key, double least, double most) const {
  const Napi::Value value = object_.Get(key);
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : std::nan("");
  // Also false for what is no number.
  if (!(number >= least && number <= most)) {
    const std::string expected =
        "a number from " + std::to_string(least) + " to " + std::to_string(most);
    refuse(key, expected.c_str());
  }
  return number;
}

bool OptionReader::boolean(const char* key) const {
  const Napi::Value value = object_.Get(key);
  if (!value.IsBoolean()) refuse(key, "a boolean");
  return value.As<Napi::Boolean>().Value();
}

std::string OptionReader::string(const char* key) const {
  const Napi::Value value = object_.Get(key);
  if (!value.IsString()) refuse(key, "a string");
  return value.As<Napi::String>().Utf8Value();
}

std::vector<std::string> OptionReader::strings(const char* key) const {
  const Napi::Value value = object_.Get(key);
  if (!value.IsArray()) refuse(key, "an array of strings");
  const auto list = value.As<Napi::Array>();
  std::vector<std::string> result;
  for (std::uint32_t i = 0; i < list.Length(); ++i) {
    const Napi::Value each = list.Get(i);
    if (!each.IsString()) refuse(key, "an array of strings");
    result.push_back(each.As<Napi::String>().Utf8Value());
  }
  return result;
}

std::optional<double> OptionReader::optional_number(const char* key, double least,
                                                    double most) const {
  if (!has(key)) return std::nullopt;
  return number(key, least, most);
}

std::optional<std::array<std::uint8_t, 16>> OptionReader::key(const char* key) const {
  if (!has(key)) return std::nullopt;
  const Napi::Value value = object_.Get(key);
  std::array<std::uint8_t, 16> bytes{};
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array ||
      value.As<Napi::TypedArray>().ByteLength() != bytes.size()) {
    refuse(key, "16 bytes");
  }
  const auto array = value.As<Napi::Uint8Array>();
  std::copy_n(array.Data(), bytes.size(), bytes.begin());
  return bytes;
}

std::string string_argument(const Napi::CallbackInfo& info, std::size_t index) {
  if (!info[index].IsString()) {
    throw Napi::TypeError::New(info.Env(),
                               "argument " + std::to_string(index + 1) + " is not a string");
  }
  return info[index].As<Napi::String>().Utf8Value();
}

std::int64_t integer_argument(const Napi::CallbackInfo& info, std::size_t index, std::int64_t least,
                              std::int64_t most) {
  if (!is_whole(info[index], least, most)) {
    throw Napi::TypeError::New(
        info.Env(), "argument " + std::to_string(index + 1) + " is not a whole number from " +
                        std::to_string(least) + " to " + std::to_string(most));
  }
  return info[index].As<Napi::Number>().Int64Value();
}

}  // namespace earthshine::addon
