using Pyrsia.Authority.Storage.Postgres;
using Pyrsia.Consensus;
using Xunit;

namespace Pyrsia.Tests.Authority.Storage;

public sealed class PostgresBlocksTests(PostgresFixture postgres) : BlockStorageTests, IAsyncLifetime
{
    private PostgresDatabase _database = null!;

    public async ValueTask InitializeAsync() => _database = await postgres.NewDatabaseAsync();

    public ValueTask DisposeAsync()
    {
        _database.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public void A_copy_that_follows_takes_what_the_other_wrote_and_adds_what_is_missing()
    {
        var blocks = Enumerable.Range(1, 3).Select(h => Block((ulong)h)).ToArray();
        using var first = new FinalizedStore(Open());
        using var second = new FinalizedStore(Open());
        first.Append([(blocks[0], 4), (blocks[1], 4)]);
        second.Append([.. blocks.Select(b => (b, 4))]);
        first.Append([(blocks[2], 4)]);
        Assert.Equal((3UL, 3UL), (first.Height, second.Height));
        Assert.Equal(3, _database.Read(context => context.Blocks.Count()));
    }

    [Fact]
    public void A_copy_that_holds_another_block_as_final_stops()
    {
        using var first = new FinalizedStore(Open());
        using var second = new FinalizedStore(Open());
        first.Append([(Block(1), 4)]);
        Assert.Throws<ConsensusDataException>(() => second.Append([(Block(1), 4)]));
    }

    protected override IBlockStorage Open() => new PostgresBlocks(_database);
}
