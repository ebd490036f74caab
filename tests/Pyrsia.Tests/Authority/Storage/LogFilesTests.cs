using Pyrsia.Node.Log;
using Pyrsia.Testing;

namespace Pyrsia.Tests.Authority.Storage;

public sealed class LogFilesTests : LogStorageTests, IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    protected override ILogStorage Open() => new LogFiles(_directory.Path);
}
