import SwiftUI

/// Draws over the camera's picture and over photos, in the view's points.
struct ScreenPainter {
    private let font: Font
    private let textSize: Double
    private let lineWidth: Double
    private let drawing: Drawing

    init(model: Model, textSize: Double, lineWidth: Double) {
        font = .system(size: textSize, weight: .medium)
        self.textSize = textSize
        self.lineWidth = lineWidth
        drawing = LabelFont(size: textSize).drawing(of: model, lineWidth: lineWidth)
    }

    func draw(_ result: PictureResult, mapping: PictureMapping, in context: GraphicsContext) {
        for mark in drawing.marks(for: result, in: mapping) {
            switch mark {
            case .outline(let rect, let color):
                stroke(Path(roundedRect: rect, cornerRadius: 0), color, in: context)
            case .path(let points, let isClosed, let color):
                stroke(Path(through: points, isClosed: isClosed), color, in: context)
            case .dot(let point, let color):
                context.fill(Path(dot: point, radius: lineWidth * Dot.rim), with: .color(Rim.color))
                context.fill(Path(dot: point, radius: lineWidth * Dot.radius), with: .color(Color(color)))
            case .painting(let painting, let placement):
                draw(painting, placement, in: context)
            case .label(let rect, let text, let color):
                context.fill(Path(roundedRect: rect, cornerRadius: lineWidth), with: .color(Color(color)))
                context.draw(
                    Text(verbatim: text).font(font).foregroundStyle(Color(color.letters)),
                    at: CGPoint(x: rect.minX + lineWidth, y: rect.minY + lineWidth), anchor: .topLeading)
            case .plate(let rect, let color, let opacity):
                context.fill(Path(roundedRect: rect, cornerRadius: 0), with: .color(Color(color, opacity: opacity)))
            case .text(let text, let point, let color, let scale):
                let font = Font.system(size: textSize * scale, weight: .medium)
                context.draw(Text(verbatim: text).font(font).foregroundStyle(Color(color)), at: point, anchor: .topLeading)
            }
        }
    }

    private func stroke(_ path: Path, _ color: ClassColor, in context: GraphicsContext) {
        context.stroke(path, with: .color(Rim.color), lineWidth: lineWidth * Rim.width)
        context.stroke(path, with: .color(Color(color)), lineWidth: lineWidth)
    }

    private func draw(_ painting: Painting, _ placement: Placement, in context: GraphicsContext) {
        guard let image = painting.image else { return }
        var context = context
        context.clip(to: Path(roundedRect: placement.visible, cornerRadius: 0))
        context.concatenate(placement.transform(width: image.width, height: image.height))
        let place = CGRect(x: 0, y: 0, width: image.width, height: image.height)
        context.draw(Image(decorative: image, scale: 1), in: place)
    }
}

extension Rim {
    fileprivate static let color = Color(red: 0, green: 0, blue: 0, opacity: darkness)
}

extension Color {
    fileprivate init(_ color: ClassColor, opacity: Double = 1) {
        self.init(red: color.red, green: color.green, blue: color.blue, opacity: opacity)
    }
}
