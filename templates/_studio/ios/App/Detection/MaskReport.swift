import Foundation

extension FoundReport {
    /// With the line around each mask, as the C++ core draws it.
    init(_ result: PictureResult, of model: Model) {
        self.init(result, of: model) { mask in
            let numbers = MaskOutline.points(
                pixels: mask.pixels, left: mask.left, top: mask.top, width: mask.width, height: mask.height,
                bitmapWidth: mask.bitmap.width, bitmapHeight: mask.bitmap.height,
                pictureWidth: Int(result.size.width), pictureHeight: Int(result.size.height)
            ).map(\.doubleValue)
            return stride(from: 0, to: numbers.count, by: 2).map { CGPoint(x: numbers[$0], y: numbers[$0 + 1]) }
        }
    }
}
