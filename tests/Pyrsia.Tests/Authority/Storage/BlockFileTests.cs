using Pyrsia.Consensus;
using Pyrsia.Testing;

namespace Pyrsia.Tests.Authority.Storage;

public sealed class BlockFileTests : BlockStorageTests, IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    protected override IBlockStorage Open() => BlockFile.Open(_directory.Path, Hash256.Of([9]));
}
