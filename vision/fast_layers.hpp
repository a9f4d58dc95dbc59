#pragma once

// Own layers for OpenCV's network runner, for what setup/static_onnx.py folds the OCR models into:
// OpenCV 4.6 spends most of its time in plain loops over depthwise convolutions and in passes over
// memory between a convolution and its activation. For use inside vision/.

namespace chiptrail::vision {

/// Makes ChiptrailConv, ChiptrailUpsample, ChiptrailGate and ChiptrailMatMul known to cv::dnn; may
/// be called often and from any thread. Must come before a network is loaded.
void register_fast_layers();

}  // namespace chiptrail::vision
