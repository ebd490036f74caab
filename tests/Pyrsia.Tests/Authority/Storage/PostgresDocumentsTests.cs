using Pyrsia.Authority.Builds;
using Pyrsia.Authority.Storage;
using Pyrsia.Authority.Storage.Postgres;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Entries;
using Xunit;

namespace Pyrsia.Tests.Authority.Storage;

public sealed class PostgresDocumentsTests(PostgresFixture postgres) : DocumentStorageTests, IAsyncLifetime
{
    private PostgresDatabase _database = null!;

    public async ValueTask InitializeAsync() => _database = await postgres.NewDatabaseAsync();

    public ValueTask DisposeAsync()
    {
        _database.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public void Two_copies_of_a_builder_send_what_the_first_has_signed()
    {
        var (first, second) = (new SignedWorks(Open()), new SignedWorks(Open()));
        var request = new RequestId(Digest.Of([1]));
        Assert.Equal(SignedWork.Nothing, first.Of(request));
        Assert.Equal(SignedWork.Nothing, second.Of(request));
        Assert.Equal([1], first.Keep(request, SignedWork.Nothing, SignedWork.Nothing with { Plan = [1] }).Plan);
        Assert.Equal([1], second.Keep(request, SignedWork.Nothing, SignedWork.Nothing with { Plan = [2] }).Plan);

        var (firstBegan, secondBegan) = (first.Of(request), second.Of(request));
        Assert.Equal([3], second.Keep(request, secondBegan, secondBegan with { Commitment = [3], Result = [4] }).Commitment);
        Assert.Equal([3], first.Keep(request, firstBegan, firstBegan with { Failure = [5] }).Commitment);
        Assert.Null(first.Of(request).Failure);

        first.Forget(request);
        Assert.Equal(SignedWork.Nothing, new SignedWorks(Open()).Of(request));
    }

    private protected override IDocumentStorage Open(string folder = "builds") => new PostgresDocuments(_database, folder);
}
