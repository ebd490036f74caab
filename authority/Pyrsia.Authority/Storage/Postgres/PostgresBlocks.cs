using Microsoft.EntityFrameworkCore;
using Pyrsia.Consensus;

namespace Pyrsia.Authority.Storage.Postgres;

/// <summary>Final blocks as rows. What another copy has written first is the same block, maybe with other certificates, or this copy stops.</summary>
internal sealed class PostgresBlocks : IBlockStorage
{
    private readonly PostgresDatabase _database;
    private readonly List<BlockRow> _batch = [];
    private long _height;

    internal PostgresBlocks(PostgresDatabase database)
    {
        _database = database;
        _height = database.Wait(context => context.Blocks.Max(b => (long?)b.Height) ?? 0);
    }

    public string Place => _database.Place;

    public ulong Height => (ulong)Interlocked.Read(ref _height);

    public ulong? Find(Epoch epoch, View view)
    {
        var (e, v) = ((long)epoch.Number, (long)view.Number);
        return _database.Wait(context => context.Blocks.Where(b => b.Epoch == e && b.View == v).Max(b => (long?)b.Height)) is { } height ? (ulong)height : null;
    }

    public byte[] Read(ulong height) => _database.Wait(context => context.Blocks.Where(b => b.Height == (long)height).Select(b => b.Block).Single());

    public void Add(ulong height, Epoch epoch, View view, Hash256 hash, ReadOnlySpan<byte> block) =>
        _batch.Add(new BlockRow { Height = (long)height, Epoch = (long)epoch.Number, View = (long)view.Number, Hash = hash.ToArray(), Block = block.ToArray() });

    public void Commit()
    {
        if (_batch.Count == 0) return;
        var heights = _batch.Select(b => b.Height).ToArray();
        var epochs = _batch.Select(b => b.Epoch).ToArray();
        var views = _batch.Select(b => b.View).ToArray();
        var hashes = _batch.Select(b => b.Hash).ToArray();
        var blocks = _batch.Select(b => b.Block).ToArray();
        _database.Write(context =>
        {
            var added = context.Database.ExecuteSql($"""
                insert into blocks (height, epoch, view, hash, block) select * from unnest({heights}, {epochs}, {views}, {hashes}, {blocks}) on conflict do nothing
                """);
            if (added < heights.Length) CompareStored(context);
        });
        Interlocked.Exchange(ref _height, _batch[^1].Height);
        _batch.Clear();
    }

    public void Dispose()
    {
        // The database is its owner's.
    }

    /// <summary>What was there before is the same block: this one written by a try whose answer was lost, or by another copy.</summary>
    private void CompareStored(AuthorityContext context)
    {
        var (first, last) = (_batch[0].Height, _batch[^1].Height);
        var stored = context.Blocks.Where(b => b.Height >= first && b.Height <= last).Select(b => new { b.Height, b.Hash }).ToDictionary(b => b.Height, b => b.Hash);
        if (_batch.FirstOrDefault(b => !stored[b.Height].AsSpan().SequenceEqual(b.Hash)) is { } differing)
            throw new ConsensusDataException($"block {differing.Height} in {Place} is another than the one that is final");
    }
}
