import SwiftUI

/// The lenses of the camera; that at work says how far it is zoomed.
struct LensChips: View {
    /// As large as a finger.
    private static let side = 44.0

    let camera: CameraModel

    var body: some View {
        let zoom = camera.zoom
        HStack {
            ForEach(zoom.choices, id: \.self) { lens in
                Button {
                    camera.zoom(.chosen(lens))
                } label: {
                    Text(verbatim: zoom.words(of: lens))
                        .font(.footnote.monospacedDigit())
                        .fontWeight(zoom.isAtWork(lens) ? .bold : .regular)
                        .padding(4)
                        .frame(minWidth: LensChips.side, minHeight: LensChips.side)
                        .background(.regularMaterial, in: .rect(cornerRadius: LensChips.side / 2))
                }
                .buttonStyle(.plain)
                .accessibilityLabel("zoom")
                .accessibilityValue(zoom.words(of: lens))
                .accessibilityAddTraits(zoom.isAtWork(lens) ? .isSelected : [])
            }
        }
    }
}
