#include "addon/registration.h"

namespace earthshine::addon {

void register_media(Napi::Env, Napi::Object) {}

}  // namespace earthshine::addon
