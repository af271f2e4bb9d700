import SwiftUI

/// What is in a file, before it is shared.
struct FileScreen<File: Transferable>: View {
    let file: File
    let titleKey: LocalizedStringKey
    let shareKey: LocalizedStringKey
    let words: String

    @Environment(\.dismiss) private var dismiss

    var body: some View {
        NavigationStack {
            ScrollView {
                Text(verbatim: words)
                    .padding()
            }
            .navigationTitle(titleKey)
            .navigationBarTitleDisplayMode(.inline)
            .toolbar {
                ToolbarItem(placement: .cancellationAction) { Button("done") { dismiss() } }
                ToolbarItem(placement: .primaryAction) {
                    ShareLink(item: file, preview: SharePreview(titleKey)) {
                        Label(shareKey, systemImage: "square.and.arrow.up")
                    }
                }
            }
        }
    }
}
