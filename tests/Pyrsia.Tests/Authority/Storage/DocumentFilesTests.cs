using Pyrsia.Authority.Storage;
using Pyrsia.Testing;

namespace Pyrsia.Tests.Authority.Storage;

public sealed class DocumentFilesTests : DocumentStorageTests, IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private protected override IDocumentStorage Open(string folder = "builds") => new DocumentFiles(_directory[folder]);
}
