using Pyrsia.Authority.Storage;
using Xunit;

namespace Pyrsia.Tests.Authority.Storage;

/// <summary>What every storage of documents holds to.</summary>
public abstract class DocumentStorageTests
{
    /// <summary>Opens the same storage again and again.</summary>
    private protected abstract IDocumentStorage Open(string folder = "builds");

    [Fact]
    public void A_document_is_there_after_a_restart_until_it_is_removed()
    {
        Assert.Null(Open().Read("one"));
        Assert.Equal([1], Open().Change("one", null, [1]));
        Assert.Equal([1], Open().Read("one"));
        Open().Remove("one");
        Open().Remove("one");
        Assert.Null(Open().Read("one"));
    }

    [Fact]
    public void It_is_replaced_by_who_knows_what_stands_there_and_by_nobody_else()
    {
        var documents = Open();
        documents.Change("one", null, [1]);
        Assert.Equal([1], documents.Change("one", null, [2]));
        Assert.Equal([1], documents.Change("one", [3], [4]));
        Assert.Equal([2], documents.Change("one", [1], [2]));
        Assert.Equal([2], documents.Change("one", [1], [2]));
        Assert.Equal([2], Open().Read("one"));
    }

    [Fact]
    public void Documents_of_one_kind_say_nothing_about_those_of_another()
    {
        Open("builds").Change("one", null, [1]);
        Open("evidence").Change("one", null, [2]);
        Open("evidence").Remove("one");
        Assert.Equal([1], Open("builds").Read("one"));
    }
}
