using Pyrsia.Consensus;
using Pyrsia.Testing;

namespace Pyrsia.Tests.Authority.Storage;

public sealed class JournalFileTests : JournalStorageTests, IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    protected override Task<IJournalStorage> OpenAsync(ulong epoch = 0) => Task.FromResult<IJournalStorage>(JournalFile.Open(_directory.Path, Owner, Hash256.Of([9]), new Epoch(epoch)));
}
