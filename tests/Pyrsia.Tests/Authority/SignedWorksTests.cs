using Pyrsia.Authority.Builds;
using Pyrsia.Authority.Storage;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Entries;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.Tests.Authority;

public sealed class SignedWorksTests : IDisposable
{
    private static readonly RequestId Request = new(Digest.Of([1]));

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void What_was_kept_while_the_storage_answered_is_not_replaced_by_work_that_began_with_the_answer()
    {
        var documents = new SlowDocuments(new DocumentFiles(_directory["builds"]));
        var works = new SignedWorks(documents);
        documents.BeforeAnswer = () => works.Keep(Request, SignedWork.Nothing, SignedWork.Nothing with { Commitment = [1], Result = [1] });
        var began = works.Of(Request);
        Assert.Equal(SignedWork.Nothing, began);
        Assert.Equal([1], works.Keep(Request, began, SignedWork.Nothing with { Commitment = [2], Result = [2] }).Commitment);
        Assert.Equal([1], works.Of(Request).Commitment);
        Assert.Equal([1], new SignedWorks(new DocumentFiles(_directory["builds"])).Of(Request).Commitment);
    }

    [Fact]
    public void An_old_answer_of_the_storage_does_not_hide_what_was_kept_since()
    {
        var documents = new SlowDocuments(new DocumentFiles(_directory["builds"]));
        documents.Change(Request.ToString(), null, (SignedWork.Nothing with { Plan = [1] }).ToBytes());
        var works = new SignedWorks(documents);
        documents.BeforeAnswer = () =>
        {
            documents.BeforeAnswer = () => { };
            var began = works.Of(Request);
            works.Keep(Request, began, began with { Commitment = [2], Result = [2] });
        };
        Assert.Equal([2], works.Of(Request).Commitment);
    }

    /// <summary>A storage in whose answers something happens between the look and the answer.</summary>
    private sealed class SlowDocuments(IDocumentStorage documents) : IDocumentStorage
    {
        internal Action BeforeAnswer { get; set; } = () => { };

        public IReadOnlyList<string> Names => documents.Names;

        public byte[]? Read(string name)
        {
            var answer = documents.Read(name);
            BeforeAnswer();
            return answer;
        }

        public byte[] Change(string name, byte[]? before, byte[] after) => documents.Change(name, before, after);

        public void Remove(string name) => documents.Remove(name);
    }
}
