#include "addon/registration.h"

namespace earthshine::addon {

void register_input(Napi::Env, Napi::Object) {}

}  // namespace earthshine::addon
