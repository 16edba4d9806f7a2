/** Sources that between them use every construct of the language. Each is printed and compiled again. */
export const printCases: readonly { readonly title: string; readonly source: string }[] = [
  {
    title: "proto2 labels, defaults and groups",
    source: String.raw`syntax = "proto2";
package a.b;
message M {
  required int32 r = 1 [default = -7];
  optional string s = 2 [default = "q\"\\\n\t\001é\177'"];
  optional bytes y = 3 [default = "\000\xff\"\\a"];
  optional float f = 4 [default = inf];
  optional double d = 5 [default = -inf];
  optional double n = 6 [default = nan];
  optional double e = 7 [default = 1.5e-300];
  optional uint64 u = 8 [default = 18446744073709551615];
  optional sint64 i = 9 [default = -9223372036854775808];
  optional bool t = 10 [default = true, deprecated = true];
  optional E x = 11 [default = TWO];
  message Before {}
  optional group G = 12 [deprecated = true] { optional int32 g = 1; optional group Inner = 2 {} }
  map<string, M> m = 13;
  message Between {}
  repeated group H = 14 { map<int32, G> deep = 1; }
  oneof choice {
    int64 c = 15 [jstype = JS_NORMAL];
    group K = 16 { required fixed32 k = 1; }
  }
  message After {}
  repeated int64 packed = 17 [packed = true, jstype = JS_STRING];
  enum E { ONE = 1; TWO = 2; }
}`,
  },
  {
    title: "extensions, ranges and reserved",
    source: `syntax = "proto2";
message M {
  reserved 2, 4 to 6, 536870000 to max;
  reserved "foo", "bar";
  extensions 10 to 19, 30;
  extensions 100 to 200 [verification = UNVERIFIED];
  extensions 1000 to 2000 [
    declaration = { number: 1000, full_name: ".x.y", type: "int32" },
    declaration = { number: 1001, reserved: true }
  ];
  extend M { optional int32 in = 10; repeated group Ext = 11 { optional int32 z = 1; } }
}
message Set { option message_set_wire_format = true; extensions 4 to max; }
message Last { extensions 5 to max; }
extend M { repeated string out = 12; }
extend Set { optional M m = 500; }
extend M { optional group Top = 13 { optional int32 z = 1; } }
enum E {
  option allow_alias = true;
  reserved -20 to -10, 5, 100 to max;
  reserved "OLD";
  A = 0; B = 0 [deprecated = true]; N = -1;
}`,
  },
  {
    title: "proto3 presence, JSON names and streaming",
    source: `syntax = "proto3";
package s.v1;
import public "google/protobuf/any.proto";
import "google/protobuf/empty.proto";
option java_package = "x";
option optimize_for = CODE_SIZE;
option cc_enable_arenas = false;
message M {
  optional int32 a = 1;
  int32 b = 2 [json_name = "other"];
  repeated int32 c = 3 [packed = false];
  oneof o { string d = 4; google.protobuf.Any e = 5; }
  optional M self = 6;
  map<bool, google.protobuf.Any> f = 7 [deprecated = true];
}
service S {
  option deprecated = true;
  rpc A(M) returns (google.protobuf.Empty);
  rpc B(stream M) returns (M) {}
  rpc C(M) returns (stream M) { option idempotency_level = NO_SIDE_EFFECTS; }
  rpc D(stream M) returns (stream M) { option deprecated = true; }
}`,
  },
  {
    title: "editions with features",
    source: `edition = "2023";
package ed;
import "google/protobuf/cpp_features.proto";
option features.field_presence = IMPLICIT;
option features.(pb.cpp).string_type = VIEW;
message M {
  reserved foo, bar;
  int32 a = 1 [features.field_presence = LEGACY_REQUIRED];
  G g = 2 [features.message_encoding = DELIMITED, features.field_presence = EXPLICIT];
  message G {}
  int32 b = 3 [default = 4, features.field_presence = EXPLICIT];
  repeated int32 c = 4 [features = { repeated_field_encoding: EXPANDED }];
  map<string, G> m = 5;
}
enum E { option features.enum_type = CLOSED; reserved OLD; A = 1; }`,
  },
  {
    title: "edition 2024 with visibility",
    source: `edition = "2024";
package ed;
option features.default_symbol_visibility = STRICT;
export message M { string a = 1; }
local message N {}
local enum E { E_UNSPECIFIED = 0; }
export enum F { F_UNSPECIFIED = 0; }`,
  },
  {
    title: "custom options of every kind of value",
    source: String.raw`syntax = "proto2";
package opt;
import "google/protobuf/any.proto";
import "google/protobuf/descriptor.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/wrappers.proto";
message Value {
  optional string s = 1;
  repeated sint32 list = 2;
  map<string, Value> map = 3;
  optional bytes b = 4;
  optional Kind kind = 5;
  repeated Value nested = 6;
  optional google.protobuf.Any any = 7;
  optional google.protobuf.StringValue wrapped = 8;
  optional google.protobuf.Struct struct = 9;
  optional double d = 10;
  extensions 100 to max;
}
enum Kind { NONE = 0; SOME = 1; }
extend Value { optional int32 more = 100; }
message Scope { extend Value { optional Value scoped = 101; } }
extend google.protobuf.FileOptions { repeated Value file = 50001; }
extend google.protobuf.MessageOptions { optional Value message = 50001; repeated float floats = 50002; optional google.protobuf.BoolValue flag = 50003; }
extend google.protobuf.FieldOptions { optional Value field = 50001; repeated string names = 50002; }
extend google.protobuf.OneofOptions { optional sfixed64 oneof = 50001; }
extend google.protobuf.EnumOptions { optional bytes enum = 50001; }
extend google.protobuf.EnumValueOptions { optional Kind value = 50001; }
extend google.protobuf.ServiceOptions { optional bool service = 50001; }
extend google.protobuf.MethodOptions { optional double method = 50001; }
extend google.protobuf.ExtensionRangeOptions { optional string range = 50001; }
option (file) = { s: "one" };
option (file) = { s: "two", list: [1, -2], map: { key: "k", value { d: -inf } }, b: "\377\000" };
message Used {
  option (message) = { kind: SOME, [opt.more]: 3, [opt.Scope.scoped] { nested {} nested { s: "a\n\"b\"" } } };
  option (floats) = 1.1;
  option (floats) = -3e38;
  option (flag) = { value: true };
  optional int32 a = 1 [(names) = "x", (names) = "y, z", (field).wrapped.value = "w"];
  optional int32 b = 2 [(field) = { any { [type.googleapis.com/opt.Value] { s: "in" } } struct { fields { key: "k" value { null_value: NULL_VALUE } } } }];
  oneof o { option (oneof) = -5; int32 c = 3; }
  extensions 4 to 5 [(range) = "r"];
}
enum E { option (enum) = "\001\377'"; A = 0 [(value) = SOME]; }
service S { option (service) = true; rpc R(Used) returns (Used) { option (method) = nan; } }`,
  },
  {
    title: "names that hide each other",
    source: `syntax = "proto3";
package outer.inner;
message Thing {}
message outer { message inner { message Thing {} } outer.inner.Thing a = 1; .outer.inner.Thing b = 2; }
message User {
  message Thing { Thing self = 1; .outer.inner.Thing up = 2; }
  Thing near = 1;
  .outer.inner.Thing far = 2;
  .outer.inner.outer.inner.Thing deep = 3;
}
service Thingy { rpc Thing(.outer.inner.Thing) returns (User.Thing); }`,
  },
];
