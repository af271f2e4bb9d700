import Foundation

/// The line at which things are counted, and on each of its sides how many came there.
struct LineLayer: Layer {
    let texts: LabelTexts
    let style: LabelStyle

    func marks(for result: PictureResult, in mapping: PictureMapping) -> [Mark] {
        guard let line = result.line else { return [] }
        let ends = [line.from, line.to].map(mapping.point)
        return [
            .path(ends, isClosed: false, ClassColor(rgb: 0xFFFFFF)), count(line.entered, side: 1, of: line, mapping),
            count(line.left, side: -1, of: line, mapping),
        ]
    }

    /// `side`: 1 is the line's right, as the picture has it; shown as in a mirror, that lies to the left.
    private func count(_ count: Int, side: Double, of line: CountedLine, _ mapping: PictureMapping) -> Mark {
        let (along, down): (Double, Double) = (line.to.x - line.from.x, line.to.y - line.from.y)
        let middle = CGPoint(x: line.from.x + along / 2, y: line.from.y + down / 2)
        let place = mapping.point(of: middle)
        let beside = mapping.point(of: CGPoint(x: middle.x - side * down, y: middle.y + side * along))
        let (x, y): (Double, Double) = (beside.x - place.x, beside.y - place.y)
        let length = hypot(x, y)
        let text = String(count)
        let width = texts.width(of: text) + 2 * style.margin
        let height = style.lineHeight + 2 * style.margin
        // Clear of the line, whichever way that goes.
        let away = (abs(x) * width + abs(y) * height) / (2 * length) + style.lineHeight / 2
        let left = place.x + away * x / length - width / 2
        let top = place.y + away * y / length - height / 2
        let plate = CGRect(x: left, y: top, width: width, height: height).moved(into: mapping.free)
        return .label(plate, text, ClassColor(rgb: 0x000000))
    }
}
