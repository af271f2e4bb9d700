import Foundation

/// How fast the detector is on this device, on a picture of the golden vectors. For LivePipeline's queue.
struct Benchmark {
    let detector: Detector
    let picture: GoldenPicture

    /// Medians. Ends early, with CancellationError, when nobody waits for them any more.
    func run(threads: Int) throws -> Timing {
        _ = try once()  // the first one takes longer
        var times: [StageTimes] = []
        for _ in 0..<Appearance.benchmarkRuns {
            try Task.checkCancellation()
            times.append(try once())
        }
        return Timing(threads: threads, times: BenchmarkPlan.median(times))
    }

    private func once() throws -> StageTimes {
        try autoreleasepool {
            try picture.rgb.withUnsafeBytes { pixels in
                guard let bytes = pixels.baseAddress else { throw DetectorError(.invalidImage) }
                let result = try detector.detect(
                    bytes: bytes, width: picture.width, height: picture.height, bytesPerRow: 3 * picture.width,
                    pixelFormat: .rgb, orientation: .up)
                return PictureResult(result).times
            }
        }
    }
}
