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
        _database.Write(context =>
        {
            context.AddRange(_batch);
            try
            {
                context.SaveChanges();
            }
            catch (DbUpdateException e) when (PostgresDatabase.IsTaken(e))
            {
                AddMissing();
            }
        });
        Interlocked.Exchange(ref _height, _batch[^1].Height);
        _batch.Clear();
    }

    public void Dispose()
    {
        // The database is its owner's.
    }

    private void AddMissing() => _database.Once(context =>
    {
        var (first, last) = (_batch[0].Height, _batch[^1].Height);
        var stored = context.Blocks.Where(b => b.Height >= first && b.Height <= last).Select(b => new { b.Height, b.Hash }).ToDictionary(b => b.Height, b => b.Hash);
        if (_batch.FirstOrDefault(b => stored.TryGetValue(b.Height, out var hash) && !hash.AsSpan().SequenceEqual(b.Hash)) is { } differing)
            throw new ConsensusDataException($"block {differing.Height} in {Place} is another than the one that is final");
        context.AddRange(_batch.Where(b => !stored.ContainsKey(b.Height)));
        return context.SaveChanges();
    });
}
