import SwiftUI

/// The lenses of the camera that runs; that of the zoom says how far it is.
struct LensChips: View {
    /// As large as a finger.
    private static let side = 44.0

    let camera: CameraModel

    var body: some View {
        if camera.camera != nil, !zoom.choices.isEmpty { chips }
    }

    private var zoom: CameraZoom { camera.zoom }

    private var chips: some View {
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
                .accessibilityShowsLargeContentViewer()
                .accessibilityLabel("zoom")
                .accessibilityValue(zoom.words(of: lens))
                .accessibilityAddTraits(zoom.isAtWork(lens) ? .isSelected : [])
            }
        }
        // Larger ones would find no place in a row: held down, each shows itself large.
        .dynamicTypeSize(...DynamicTypeSize.accessibility1)
    }
}
