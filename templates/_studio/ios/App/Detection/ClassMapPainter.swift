import Foundation

/// Makes a picture of the class map that the processors before it have left, half transparent in the classes' colours.
struct ClassMapPainter: ResultProcessor {
    static let opacity = 0.55

    /// 4 bytes for each number of a class, premultiplied; nothing for what is of none.
    private static let colors: Data = {
        var table = Data((0..<256).flatMap { number in
            let color = ClassColor(classIndex: number)
            return [color.red, color.green, color.blue, 1].map { UInt8((255 * $0 * opacity).rounded()) }
        })
        let none = 4 * Int(ClassMap.none)
        table.replaceSubrange(none..<none + 4, with: [0, 0, 0, 0])
        return table
    }()

    func process(_ result: inout PictureResult) {
        let map = result.classMap
        let step = MapSteps.step(width: map.width, height: map.height)
        let rgba = DetectedClassMap.paint(
            pixels: map.pixels, width: map.width, height: map.height, step: step, colors: ClassMapPainter.colors)
        result.painting = PlacedPainting(of: rgba, width: map.width, height: map.height, step: step)
    }
}
