import Foundation

/// The line at which things are counted, and how many crossed it, in the middle of what is seen of it.
struct LineLayer: Layer {
    let texts: LabelTexts
    let style: LabelStyle

    func marks(for result: PictureResult, in mapping: PictureMapping) -> [Mark] {
        guard let line = result.line else { return [] }
        let (bounds, ends) = (mapping.visible, [line.from, line.to].map(mapping.point))
        let text = LineWords.text(line)
        let size = CGSize(
            width: texts.width(of: text) + 2 * style.margin, height: style.lineHeight + 2 * style.margin)
        let middle = CGPoint(x: (ends[0].x + ends[1].x) / 2, y: (ends[0].y + ends[1].y) / 2)
        let left = min(max(middle.x - size.width / 2, bounds.minX), max(bounds.minX, bounds.maxX - size.width))
        let place = CGRect(origin: CGPoint(x: left, y: middle.y - size.height / 2), size: size)
        return [
            .path(ends, isClosed: false, ClassColor(rgb: 0xFFFFFF)), .label(place, text, ClassColor(rgb: 0x000000)),
        ]
    }
}
