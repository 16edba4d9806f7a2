import type {
  DescriptorProto,
  FileDescriptorProto,
  MethodDescriptorProto,
  ServiceDescriptorProto,
} from "@bufbuild/protobuf/wkt";
import type { FileDescriptor } from "@wirehouse/proto-bufplugin/v1";

/** Numbers of fields in descriptor.proto: what paths of elements are made of. */
export const field = {
  file: { package: 2, dependency: 3, service: 6, options: 8 },
  service: { name: 1, method: 2, options: 3 },
  method: { inputType: 2, outputType: 3, options: 4 },
} as const;

/** The path of an element in the descriptor of its file, as in google.protobuf.SourceCodeInfo.Location. */
export type SourcePath = readonly number[];

/** Something that a rule found. */
export interface Finding {
  readonly file: ImageFile;
  readonly path: SourcePath;
  readonly message: string;
}

export interface ImageFile {
  /** The import path. */
  readonly path: string;
  readonly proto: FileDescriptorProto;
  /** Whether it is there only because others import it: nothing is reported in it. */
  readonly isImport: boolean;
}

export interface ImageService {
  readonly file: ImageFile;
  /** With its package. */
  readonly name: string;
  readonly path: SourcePath;
  readonly proto: ServiceDescriptorProto;
  readonly methods: readonly ImageMethod[];
}

export interface ImageMethod {
  readonly service: ImageService;
  readonly name: string;
  readonly path: SourcePath;
  readonly proto: MethodDescriptorProto;
}

/** The files of a request. */
export interface Image {
  readonly files: readonly ImageFile[];
  /** Those to report in. */
  readonly targets: readonly ImageFile[];
  readonly services: readonly ImageService[];
  file(path: string): ImageFile | undefined;
  service(name: string): ImageService | undefined;
  /** The file that defines a message, by the name that a method has for it (`.acme.v1.Order`). */
  fileOfMessage(name: string): ImageFile | undefined;
}

export function makeImage(descriptors: readonly FileDescriptor[]): Image {
  const files = descriptors.flatMap(({ fileDescriptorProto: proto, isImport }): ImageFile[] =>
    proto === undefined ? [] : [{ path: proto.name, proto, isImport }],
  );
  const byPath = new Map(files.map((file) => [file.path, file]));
  const services = files.flatMap(servicesOf);
  const byName = new Map(services.map((service) => [service.name, service]));
  const messages = new Map(
    files.flatMap((file) => messageNames(`.${file.proto.package}`, file.proto.messageType, file)),
  );
  return {
    files,
    targets: files.filter(({ isImport }) => !isImport),
    services,
    file: (path) => byPath.get(path),
    service: (name) => byName.get(name),
    fileOfMessage: (name) => messages.get(name),
  };
}

function servicesOf(file: ImageFile): ImageService[] {
  return file.proto.service.map((proto, index) => {
    const path = [field.file.service, index];
    const methods: ImageMethod[] = [];
    const name = file.proto.package === "" ? proto.name : `${file.proto.package}.${proto.name}`;
    const service = { file, name, path, proto, methods };
    for (const [position, method] of proto.method.entries()) {
      methods.push({
        service,
        name: method.name,
        path: [...path, field.service.method, position],
        proto: method,
      });
    }
    return service;
  });
}

function messageNames(
  scope: string,
  messages: readonly DescriptorProto[],
  file: ImageFile,
): [name: string, file: ImageFile][] {
  return messages.flatMap((message) => {
    const name = scope === "." ? `.${message.name}` : `${scope}.${message.name}`;
    return [[name, file], ...messageNames(name, message.nestedType, file)];
  });
}
