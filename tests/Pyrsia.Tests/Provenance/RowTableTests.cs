using System.Security.Cryptography;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Ledger;
using Xunit;

namespace Pyrsia.Tests.Provenance;

public sealed class RowTableTests
{
    private static byte[] Key(int number) => SHA256.HashData(BitConverter.GetBytes(number));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_table_finds_what_a_dictionary_finds(int seed)
    {
        var random = new Random(seed);
        var expected = new Dictionary<int, byte>();
        var table = RowTable.Create(Digest.Length, 1);
        for (var i = 0; i < 20_000; i++)
        {
            var (number, value) = (random.Next(10_000), (byte)random.Next(256));
            expected[number] = value;
            table = table.With(Key(number), [value]);
        }
        Assert.Equal(expected.Count, table.Count);
        for (var number = 0; number < 10_000; number++)
        {
            Assert.Equal(expected.TryGetValue(number, out var value), table.TryFind(Key(number), out var found));
            if (found.Length > 0) Assert.Equal(value, found[0]);
        }
    }

    [Fact]
    public void A_table_that_has_grown_leaves_the_one_before_as_it_was()
    {
        var empty = RowTable.Create(Digest.Length, 1);
        var before = Enumerable.Range(0, 100).Aggregate(empty, (table, number) => table.With(Key(number), [1]));
        var left = before.With(Key(5), [2]).With(Key(100), [2]);
        var right = before.With(Key(5), [3]).With(Key(101), [3]);
        Assert.True(before.TryFind(Key(5), out var value) && value[0] == 1);
        Assert.True(left.TryFind(Key(5), out value) && value[0] == 2);
        Assert.True(right.TryFind(Key(5), out value) && value[0] == 3);
        Assert.Equal((0, 100, false, false), (empty.Count, before.Count, before.Contains(Key(100)), right.Contains(Key(100))));
    }

    [Fact]
    public void Keys_that_differ_in_their_last_bits_alone_are_all_found()
    {
        var keys = Enumerable.Range(0, 256).Select(last => (byte[])[0, 0, 0, (byte)last]).ToArray();
        var table = keys.Aggregate(RowTable.Create(4, 0), (all, key) => all.With(key, []));
        Assert.Equal(keys.Length, table.Count);
        Assert.All(keys, key => Assert.True(table.Contains(key)));
        Assert.False(table.Contains([1, 0, 0, 0]));
    }

    [Fact]
    public void Keys_and_values_of_another_length_are_refused()
    {
        var table = RowTable.Create(4, 1);
        Assert.Throws<ArgumentOutOfRangeException>(() => table.Contains([1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => table.With([1, 2, 3, 4], []));
    }
}
