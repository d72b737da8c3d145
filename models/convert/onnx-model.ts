import { ProtobufWriter } from "./protobuf.ts";

/** Numbers that belong to the network. Plain ones become int64, which is what ONNX wants for shapes. */
export interface Constant {
  readonly dims: readonly number[];
  readonly data: Float32Array | Int8Array | Uint8Array | Int32Array | readonly number[];
}

export type Attribute =
  | { readonly int: number }
  | { readonly ints: readonly number[] }
  | { readonly float: number };

export interface OnnxNode {
  op: string;
  inputs: string[];
  output: string;
  attributes: Record<string, Attribute>;
}

/** A length that is known only when the network runs: "N" is that of the batch. */
export type FreeDim = "N" | "rows" | "columns" | "places";

/** A value at the edge of the network. */
export interface Port {
  readonly name: string;
  readonly dims: readonly (number | FreeDim)[];
}

/** The input as the network was made for it. */
export interface InputPort extends Port {
  /** Where told, rows and columns are free, in steps of so many. */
  readonly sideStep?: number;
}

export interface OnnxGraph {
  readonly name: string;
  readonly input: Port;
  readonly outputs: readonly Port[];
  readonly nodes: readonly OnnxNode[];
  readonly constants: ReadonlyMap<string, Constant>;
}

// Numbers of fields, data types and attribute types are those of onnx.proto (ONNX IR version 8).
const irVersion = 8;
const opsetVersion = 13;
const elementFloat = 1;
const elementUint8 = 2;
const elementInt8 = 3;
const elementInt32 = 6;
const elementInt64 = 7;
const attributeFloat = 1;
const attributeInt = 2;
const attributeInts = 7;

/** The bytes of an ONNX file. The same graph gives the same bytes on every machine. */
export function encodeOnnx(graph: OnnxGraph): Uint8Array {
  return new ProtobufWriter()
    .int(1, irVersion)
    .string(2, "tebura")
    .message(7, (message) => writeGraph(message, graph))
    .message(8, (message) => message.string(1, "").int(2, opsetVersion))
    .finish();
}

function writeGraph(message: ProtobufWriter, graph: OnnxGraph): void {
  for (const node of graph.nodes) message.message(1, (inner) => writeNode(inner, node));
  message.string(2, graph.name);
  for (const [name, constant] of graph.constants) {
    message.message(5, (inner) => writeConstant(inner, name, constant));
  }
  message.message(11, (inner) => writePort(inner, graph.input));
  for (const port of graph.outputs) message.message(12, (inner) => writePort(inner, port));
}

function writeNode(message: ProtobufWriter, node: OnnxNode): void {
  for (const input of node.inputs) message.string(1, input);
  message.string(2, node.output).string(3, node.output).string(4, node.op);
  for (const [name, attribute] of Object.entries(node.attributes)) {
    message.message(5, (inner) => {
      inner.string(1, name);
      if ("int" in attribute) inner.int(3, attribute.int).int(20, attributeInt);
      else if ("float" in attribute) inner.float(2, attribute.float).int(20, attributeFloat);
      else {
        for (const value of attribute.ints) inner.int(8, value);
        inner.int(20, attributeInts);
      }
    });
  }
}

function writeConstant(message: ProtobufWriter, name: string, { dims, data }: Constant): void {
  for (const dim of dims) message.int(1, dim);
  message.int(2, elementOf(data)).string(8, name);
  // raw_data is little-endian whatever the machine.
  const each = ArrayBuffer.isView(data) ? data.BYTES_PER_ELEMENT : 8;
  const bytes = new Uint8Array(data.length * each);
  const view = new DataView(bytes.buffer);
  data.forEach((value, i) => {
    if (data instanceof Float32Array) view.setFloat32(i * 4, value, true);
    else if (data instanceof Int32Array) view.setInt32(i * 4, value, true);
    else if (each === 1) view.setInt8(i, value);
    else view.setBigInt64(i * 8, BigInt(value), true);
  });
  message.bytes(9, bytes);
}

function elementOf(data: Constant["data"]): number {
  if (data instanceof Float32Array) return elementFloat;
  if (data instanceof Int32Array) return elementInt32;
  if (data instanceof Int8Array) return elementInt8;
  return data instanceof Uint8Array ? elementUint8 : elementInt64;
}

function writePort(message: ProtobufWriter, port: Port): void {
  message.string(1, port.name).message(2, (type) =>
    type.message(1, (tensor) =>
      tensor.int(1, elementFloat).message(2, (shape) => {
        for (const dim of port.dims) {
          shape.message(1, (inner) =>
            typeof dim === "string" ? inner.string(2, dim) : inner.int(1, dim),
          );
        }
      }),
    ),
  );
}
