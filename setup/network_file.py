#!/usr/bin/python3
"""Turns an ONNX graph (PP-OCR's, or of training/networks.py) into the file that vision/network.cpp runs.

usage: network_file.py SRC.onnx DST.net N,C,H,W MEAN,MEAN,MEAN DEVIATION,DEVIATION,DEVIATION

N,C,H,W is any shape that the graph takes; the file serves all of them. The file: the line
"chiptrail network 1", a line with the byte length of what follows it, that much JSON, and the
floats that the JSON names by their place. JSON: input (mean and deviation of each channel), values
(how many), steps in order, output (the value that is the result). Steps:
  conv       in, out, kernel, stride, pad, inputs, outputs, weights, bias, activation, scale, shift,
             alpha, beta: a convolution and what follows it; depthwise likewise
  squeeze    in, out, channels, inner, weights, bias, more_weights, more_bias, alpha, beta: the mean
             of each channel, relu of a matrix of it, hard sigmoid of a matrix of that
  gate       in, out, channels, base, [gates], [added, added_repeat], repeat, offset, total: see
             GateRow; several of them fill the channels of one value
  average    in, out, kernel: the mean of each window, windows side by side
  norm       in, out, channels, weights, bias, epsilon: layer normalisation of each pixel
  attention  in, out, heads, size, scale: of all pixels with all
  add        in, more, out, channels
"""
import json
import sys

import numpy as np
import onnx

import static_onnx
from fuse_onnx import Graph, attributes, fuse


class Writer:
    def __init__(self, graph, shapes):
        self.graph = graph
        self.shapes = shapes
        self.known = Graph(graph, shapes)
        self.constants = self.known.constants
        self.values = {graph.input[0].name: 0}
        self.steps = []
        self.floats = []
        self.size = 0
        self.done = set()

    def value(self, name):
        return self.values.setdefault(name, len(self.values))

    def alias(self, new, old):
        self.values[new] = self.value(old)

    def place(self, array):
        array = np.ascontiguousarray(array, dtype="<f4").reshape(-1)
        at = self.size
        self.floats.append(array)
        self.size += array.size
        return at

    def step(self, op, **given):
        self.steps.append({"op": op, **given})

    def only(self, name):
        return self.known.only_user(name)

    def take(self, *nodes):
        self.done.update(id(n) for n in nodes)

    # What a convolution or matrix is, whatever the node that says so.
    def conv(self, source, target, weights, bias, window=None, given=None, depthwise=False):
        given = {"activation": "none", "scale": 1.0, "shift": 0.0, "alpha": 0.0, "beta": 0.0,
                 **(given or {})}
        window = window or {"kernel": [1, 1], "stride": [1, 1], "pad": [0, 0]}
        if given["activation"] == "none" and (node := self.swish_after(target)) is not None:
            given["activation"] = "swish"
            target = node.output[0]
        self.step("depthwise" if depthwise else "conv", **{"in": self.value(source)},
                  out=self.value(target), outputs=weights.shape[0],
                  inputs=weights.shape[0] if depthwise else weights.shape[1],
                  weights=self.place(weights), bias=self.place(bias), **window, **given)

    def swish_after(self, name):
        """The node that makes name * sigmoid(name), if nothing else is made of `name`."""
        users = self.known.users.get(name, [])
        scaled = next((n for n in users if self.known.scalar(n, "Mul", name) == 1), None)
        if len(users) != 2 or scaled is None:
            return None
        sigmoid = self.only(scaled.output[0])
        times = next(n for n in users if n is not scaled)
        if (sigmoid is None or sigmoid.op_type != "Sigmoid" or times.op_type != "Mul" or
                set(times.input) != {name, sigmoid.output[0]}):
            return None
        self.take(scaled, sigmoid, times)
        return times

    def do_ChiptrailConv(self, node):
        given = attributes(node)
        weights, bias = (self.constants[n] for n in node.input[1:])
        window = {k: list(given.pop(k)) for k in ("kernel", "stride", "pad")}
        depthwise = given.pop("group") > 1
        given["activation"] = given["activation"].decode()
        plain = {"kernel": [1, 1], "stride": [1, 1], "pad": [0, 0]}
        following = self.only(node.output[0])
        if (given["activation"] == "none" and window == plain and not depthwise and
                following is not None and following.op_type == "ChiptrailConv" and
                list(attributes(following)["kernel"]) == [1, 1] and
                attributes(following)["group"] == 1):
            # Two matrices, one after the other, are one.
            first = weights.reshape(weights.shape[:2]).astype(np.float64)
            then, more = (self.constants[n].astype(np.float64) for n in following.input[1:])
            then = then.reshape(then.shape[:2])
            bias = then @ bias + more
            weights = (then @ first).reshape(then.shape[0], first.shape[1], 1, 1)
            given = {k: v for k, v in attributes(following).items()
                     if k not in ("kernel", "stride", "pad", "group")}
            given["activation"] = given["activation"].decode()
            self.take(following)
            self.conv(node.input[0], following.output[0], weights, bias, window, given)
            return
        self.conv(node.input[0], node.output[0], weights, bias, window, given, depthwise)

    def do_ChiptrailMatMul(self, node):
        weights, bias = (self.constants[n] for n in node.input[1:])
        self.conv(node.input[0], node.output[0], weights.T[:, :, None, None], bias)

    def do_MatMul(self, node):
        weights = self.constants[node.input[1]]
        self.conv(node.input[0], node.output[0], weights.T[:, :, None, None],
                  np.zeros(weights.shape[1]))

    def do_Flatten(self, node):
        assert self.shapes[node.input[0]][2:] == [1, 1]
        self.alias(node.output[0], node.input[0])

    def do_GlobalAveragePool(self, node):
        inner = self.only(node.output[0])
        outer = self.only(inner.output[0])
        assert attributes(inner)["activation"] == b"relu"
        assert attributes(outer)["activation"] == b"hardsigmoid"
        assert attributes(inner).get("scale", 1) == 1 and attributes(outer).get("scale", 1) == 1
        self.take(inner, outer)
        w1, b1, w2, b2 = (self.constants[n] for n in [*inner.input[1:], *outer.input[1:]])
        self.step("squeeze", **{"in": self.value(node.input[0])}, out=self.value(outer.output[0]),
                  channels=w1.shape[1], inner=w1.shape[0], weights=self.place(w1),
                  bias=self.place(b1), more_weights=self.place(w2), more_bias=self.place(b2),
                  alpha=attributes(outer)["alpha"], beta=attributes(outer)["beta"])

    def gate(self, source, target, channels, offset=0, total=None, repeat=1, node=None):
        step = {"in": self.value(source), "out": self.value(target), "channels": channels,
                "base": 1.0, "repeat": repeat, "offset": offset, "total": total or channels}
        if node is not None:
            step["base"] = attributes(node)["base"]
            step["gates"] = self.value(node.input[1])
            if len(node.input) > 2:
                step.update(added=self.value(node.input[2]), added_repeat=2)
        self.step("gate", **step)

    def do_ChiptrailGate(self, node):
        user = self.only(node.output[0])
        while user is not None and user.op_type == "Resize":
            user = self.only(user.output[0])
        if user is not None and user.op_type == "Concat":
            return  # do_Concat makes it where it belongs
        channels = self.shapes[node.input[0]][1]
        self.gate(node.input[0], node.output[0], channels, node=node)

    def do_Resize(self, node):
        user = self.only(node.output[0])
        assert user is not None and user.op_type == "Concat"

    def do_Concat(self, node):
        assert attributes(node)["axis"] == 1
        target = node.output[0]
        total = self.shapes[target][1]
        offset = 0
        for name in node.input:
            channels, repeat = self.shapes[name][1], 1
            maker = self.known.makers.get(name)
            if maker is not None and maker.op_type == "Resize":
                given = attributes(maker)
                assert (given["mode"], given["coordinate_transformation_mode"],
                        given["nearest_mode"]) == (b"nearest", b"asymmetric", b"floor")
                source = maker.input[0]
                repeat = self.shapes[target][2] // self.shapes[source][2]
                assert [n * repeat for n in self.shapes[source][2:]] == self.shapes[target][2:]
                name, maker = source, self.known.makers.get(source)
            gated = maker is not None and maker.op_type == "ChiptrailGate"
            self.gate(maker.input[0] if gated else name, target, channels, offset, total, repeat,
                      maker if gated else None)
            offset += channels

    def do_ChiptrailUpsample(self, node):
        """Both of the detector's: each pixel becomes four, each of these four again. That is two
        matrices at the small size; the result has the 16 values of a pixel as channels, row by
        row of its four by four."""
        second = self.only(node.output[0])
        sigmoid = self.only(second.output[0])
        assert second.op_type == "ChiptrailUpsample" and sigmoid.op_type == "Sigmoid"
        assert attributes(node)["activation"] == b"relu"
        assert attributes(second)["activation"] == b"none"
        self.take(second, sigmoid)
        w1, b1, w2, b2 = (self.constants[n] for n in [*node.input[1:], *second.input[1:]])
        inputs, middle = w1.shape[:2]
        assert w2.shape == (middle, 1, 2, 2)
        first = w1.transpose(2, 3, 1, 0).reshape(4 * middle, inputs)  # [dy, dx, channel]
        then = np.zeros((16, 4 * middle))
        for dy in range(2):
            for dx in range(2):
                for ey in range(2):
                    for ex in range(2):
                        begin = (2 * dy + dx) * middle
                        then[(2 * dy + ey) * 4 + 2 * dx + ex, begin:begin + middle] = \
                            w2[:, 0, ey, ex]
        given = {k: v for k, v in attributes(node).items() if k != "activation"}
        self.conv(node.input[0], node.output[0], first[:, :, None, None], np.tile(b1, 4),
                  given={"activation": "relu", **given})
        self.conv(node.output[0], sigmoid.output[0], then[:, :, None, None], np.tile(b2, 16),
                  given={"activation": "sigmoid"})

    def do_AveragePool(self, node):
        given = attributes(node)
        assert list(given["kernel_shape"]) == list(given["strides"])
        assert set(given.get("pads", [0])) == {0}
        self.step("average", **{"in": self.value(node.input[0])}, out=self.value(node.output[0]),
                  kernel=list(given["kernel_shape"]), channels=self.shapes[node.input[0]][1])

    def same_in_memory(self, node):
        """Channels last, a line of text is tokens times channels already."""
        old, new = (sorted(n for n in self.shapes[name] if n != 1)
                    for name in (node.input[0], node.output[0]))
        assert old == new and len(old) == 2, node
        self.alias(node.output[0], node.input[0])

    do_Transpose = do_Squeeze = same_in_memory

    def do_Reshape(self, node):
        shape = self.shapes[node.output[0]]
        if len(shape) == 5:
            self.attention(node, shape)
        else:
            self.same_in_memory(node)

    def do_ReduceMean(self, mean):
        source = mean.input[0]
        minus = self.only(mean.output[0])
        square = next(n for n in self.known.users[minus.output[0]] if n.op_type == "Pow")
        variance = self.only(square.output[0])
        plus = self.only(variance.output[0])
        root = self.only(plus.output[0])
        ratio = self.only(root.output[0])
        times = self.only(ratio.output[0])
        shift = self.only(times.output[0])
        chain = [minus, square, variance, plus, root, ratio, times, shift]
        assert [n.op_type for n in chain] == ["Sub", "Pow", "ReduceMean", "Add", "Sqrt", "Div",
                                              "Mul", "Add"]
        assert self.known.scalar(square, "Pow", minus.output[0]) == 2
        self.take(*chain)
        channels = self.shapes[source][-1]
        gain, offset = (self.known.operand(n, v).reshape(-1) for n, v in
                        ((times, ratio.output[0]), (shift, times.output[0])))
        assert gain.size == offset.size == channels
        self.step("norm", **{"in": self.value(source)}, out=self.value(shift.output[0]),
                  channels=channels, weights=self.place(gain), bias=self.place(offset),
                  epsilon=self.known.scalar(plus, "Add", variance.output[0]))

    def attention(self, reshape, shape):
        _, tokens, three, heads, size = shape
        assert three == 3
        turn = self.only(reshape.output[0])
        assert list(attributes(turn)["perm"]) == [2, 0, 3, 1, 4]
        parts = {}
        taken = [turn]
        for cut in self.known.users[turn.output[0]]:
            squeeze = self.only(cut.output[0])
            given = attributes(cut)
            assert (cut.op_type, squeeze.op_type) == ("Slice", "Squeeze")
            assert list(given["axes"]) == [0] and given["ends"][0] == given["starts"][0] + 1
            parts[given["starts"][0]] = squeeze.output[0]
            taken += [cut, squeeze]
        scaled = self.only(parts[0])
        scale = self.known.scalar(scaled, "Mul", parts[0])
        keys = self.only(parts[1])
        assert list(attributes(keys)["perm"]) == [0, 1, 3, 2]
        scores = self.only(scaled.output[0])
        assert list(scores.input) == [scaled.output[0], keys.output[0]]
        weights = self.only(scores.output[0])
        assert weights.op_type == "Softmax"
        product = self.only(weights.output[0])
        assert list(product.input) == [weights.output[0], parts[2]]
        back = self.only(product.output[0])
        assert list(attributes(back)["perm"]) == [0, 2, 1, 3]
        flat = self.only(back.output[0])
        assert self.shapes[flat.output[0]] == [1, tokens, heads * size]
        self.take(*taken, scaled, keys, scores, weights, product, back, flat)
        self.step("attention", **{"in": self.value(reshape.input[0])},
                  out=self.value(flat.output[0]), heads=heads, size=size, scale=scale)

    def do_Add(self, node):
        assert all(n in self.values for n in node.input)
        self.step("add", **{"in": self.value(node.input[0])}, more=self.value(node.input[1]),
                  out=self.value(node.output[0]), channels=self.shapes[node.output[0]][-1])

    def do_Softmax(self, node):
        """Only the last one is left; who reads the result does it."""
        assert node.output[0] == self.graph.output[0].name
        self.alias(node.output[0], node.input[0])

    def write(self):
        for node in self.graph.node:
            if id(node) not in self.done:
                self.done.add(id(node))
                getattr(self, "do_" + node.op_type)(node)
        return self.value(self.graph.output[0].name)


def fused(source, shape):
    model = onnx.load(source)
    static_onnx.fix_input(model.graph, shape)
    constants = static_onnx.fold_all(model)
    static_onnx.clip_bounds_as_attributes(model.graph, constants)
    shapes = static_onnx.known_shapes(model)
    fuse(model.graph, shapes)
    return model.graph, shapes


def main():
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    source, target, shape, mean, deviation = sys.argv[1:]
    graph, shapes = fused(source, [int(n) for n in shape.split(",")])
    writer = Writer(graph, shapes)
    output = writer.write()
    text = json.dumps({"input": {"mean": [float(n) for n in mean.split(",")],
                                 "deviation": [float(n) for n in deviation.split(",")]},
                       "values": len(writer.values), "steps": writer.steps, "output": output,
                       "floats": writer.size}).encode()
    with open(target, "wb") as file:
        file.write(b"chiptrail network 1\n%d\n" % len(text))
        file.write(text)
        for array in writer.floats:
            file.write(array.tobytes())


if __name__ == "__main__":
    main()
