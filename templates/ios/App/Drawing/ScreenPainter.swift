import SwiftUI

/// Draws over the camera's picture and over photos, in the view's points.
struct ScreenPainter {
    private let font: Font
    private let lineWidth: Double
    private let drawing: Drawing

    init(names: [String], textSize: Double, lineWidth: Double) {
        font = .system(size: textSize, weight: .medium)
        self.lineWidth = lineWidth
        drawing = LabelFont(size: textSize).drawing(names: names, lineWidth: lineWidth)
    }

    func draw(_ result: PictureResult, mapping: PictureMapping, in context: GraphicsContext) {
        for mark in drawing.marks(for: result, in: mapping) {
            switch mark {
            case .outline(let rect, let color):
                let path = Path(roundedRect: rect, cornerRadius: 0)
                let rim = Color(red: 0, green: 0, blue: 0, opacity: Rim.darkness)
                context.stroke(path, with: .color(rim), lineWidth: lineWidth * Rim.width)
                context.stroke(path, with: .color(Color(color)), lineWidth: lineWidth)
            case .label(let rect, let text, let color):
                context.fill(Path(roundedRect: rect, cornerRadius: lineWidth), with: .color(Color(color)))
                context.draw(
                    Text(verbatim: text).font(font).foregroundStyle(Color(color.letters)),
                    at: CGPoint(x: rect.minX + lineWidth, y: rect.minY + lineWidth), anchor: .topLeading)
            }
        }
    }
}

extension Color {
    fileprivate init(_ color: ClassColor) {
        self.init(red: color.red, green: color.green, blue: color.blue)
    }
}
