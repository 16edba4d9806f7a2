import { create, createFileRegistry, type DescService, setExtension } from "@bufbuild/protobuf";
import {
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FieldOptionsSchema,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";
import {
  FieldRulesSchema,
  field,
  file_buf_validate_validate,
} from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";

/** A service with one RPC of each kind whose message `Note` must have a `title` of at least 3 characters. */
export function createRuledService(): DescService {
  const options = create(FieldOptionsSchema);
  setExtension(options, field, create(FieldRulesSchema, { type: { case: "string", value: { minLen: 3n } } }));
  const method = (name: string, clientStreaming: boolean, serverStreaming: boolean) => ({
    name,
    inputType: ".test.Note",
    outputType: ".test.Note",
    clientStreaming,
    serverStreaming,
  });
  const file = create(FileDescriptorProtoSchema, {
    name: "test/note.proto",
    package: "test",
    syntax: "proto3",
    dependency: ["buf/validate/validate.proto"],
    messageType: [
      {
        name: "Note",
        field: [
          {
            name: "title",
            jsonName: "title",
            number: 1,
            label: FieldDescriptorProto_Label.OPTIONAL,
            type: FieldDescriptorProto_Type.STRING,
            options,
          },
        ],
      },
    ],
    service: [
      {
        name: "NoteService",
        method: [
          method("Unary", false, false),
          method("ServerStream", false, true),
          method("ClientStream", true, false),
          method("Bidi", true, true),
        ],
      },
    ],
  });
  const needed = [file_buf_validate_validate, ...file_buf_validate_validate.dependencies];
  const set = create(FileDescriptorSetSchema, { file: [...needed.map((one) => one.proto).reverse(), file] });
  const service = createFileRegistry(set).getService("test.NoteService");
  if (service === undefined) {
    throw new Error("the descriptor set of this test has no test.NoteService");
  }
  return service;
}
