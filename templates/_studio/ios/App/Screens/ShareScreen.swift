import SwiftUI

/// The picture as it will be shared.
struct ShareScreen: View {
    let picture: AnnotatedPicture

    @Environment(\.dismiss) private var dismiss

    var body: some View {
        NavigationStack {
            VStack(spacing: 12) {
                image
                    .resizable()
                    .scaledToFit()
                    .accessibilityLabel("picture")
                    .accessibilityValue(picture.summary)
                ShareLink(item: FoundJSON(report: picture.report), preview: SharePreview("share_json")) {
                    Label("share_json", systemImage: "curlybraces")
                }
                ShareLink(item: FoundCSV(report: picture.report), preview: SharePreview("share_table")) {
                    Label("share_table", systemImage: "tablecells")
                }
            }
            .padding()
            .toolbar {
                ToolbarItem(placement: .cancellationAction) { Button("done") { dismiss() } }
                ToolbarItem(placement: .primaryAction) {
                    ShareLink(item: picture, preview: SharePreview("picture", image: image)) {
                        Label("share_picture", systemImage: "square.and.arrow.up")
                    }
                }
            }
        }
    }

    private var image: Image {
        Image(uiImage: picture.preview)
    }
}
