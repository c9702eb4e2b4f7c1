using System.IO.Pipelines;
using System.Text;
using EventSegmentation.Segmentation.Segments.Lists;

namespace EventSegmentation.UnitTests.Segmentation.Lists;

public sealed class ListLinesTests
{
    [Theory]
    [InlineData("1001", null, "1001")]
    [InlineData("  1001 , Ada", ',', "1001")]
    [InlineData("1001;Ada", ';', "1001")]
    [InlineData("1001\tAda", '\t', "1001")]
    [InlineData("\tAda", '\t', "")]
    [InlineData("c;17,Ada", ',', "c;17")]
    [InlineData("c,17", ';', "c,17")]
    [InlineData("c,17", null, "c,17")]
    [InlineData("\"a,b\",c", ',', "a,b")]
    [InlineData("\" a \" ,c", ',', " a ")]
    [InlineData("\"say \"\"hello\"\"\"", ',', "say \"hello\"")]
    [InlineData(" \"a\"", ',', "a")]
    [InlineData("\"\"", ',', "")]
    [InlineData(",Ada", ',', "")]
    [InlineData("\"never closed", ',', null)]
    [InlineData("\"a\"b,c", ',', null)]
    [InlineData("\"a\";c", ',', null)]
    public void First_column_is_read_with_its_quotes(string line, char? separator, string? expected) => ListLines.FirstColumn(line, separator).Should().Be(expected);

    [Theory]
    [InlineData("1001", null)]
    [InlineData("email;a,b", ';')]
    [InlineData("email\tname", '\t')]
    [InlineData("\"a;b\",c", ',')]
    [InlineData("\"a;\"\";b\",c", ',')]
    public void Separator_is_the_first_one_outside_quotes(string line, char? expected) => ListLines.SeparatorOf(line).Should().Be(expected);

    [Fact]
    public async Task First_line_says_what_separates_the_columns_of_all()
    {
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync(Encoding.UTF8.GetBytes("\nexternalId;name\nc,17;Ada\nc\t18;Bob\n\tc;Eve\n"));
        await pipe.Writer.CompleteAsync();

        (await ListLines.ReadAsync(pipe.Reader, CancellationToken.None).Select(line => line.Text).ToListAsync())
            .Should().Equal("externalId", "c,17", "c\t18", "\tc");
    }

    [Theory]
    [InlineData("1001", "contactId", "1001")]
    [InlineData("email: Ada@example.com ", "email", " Ada@example.com ")]
    [InlineData("externalId: a", "externalId", " a")]
    [InlineData("Email:ada@example.com", null, ListRefusals.UnknownKind)]
    [InlineData("externalId:a:b", "externalId", "a:b")]
    [InlineData("contactId:", null, ListRefusals.Empty)]
    [InlineData(":a", null, ListRefusals.Empty)]
    [InlineData(" ", null, ListRefusals.Empty)]
    [InlineData("\0", null, ListRefusals.NotText)]
    public void Item_is_an_id_or_a_kind_and_a_value(string text, string? kind, string expected)
    {
        var (who, reason) = ListItem.Parse(text, ["contactId", "externalId", "email"]);

        (who?.Kind, who?.Value ?? reason).Should().Be((kind, expected));
    }

    [Fact]
    public void Identifier_may_have_as_many_characters_as_that_of_an_event()
    {
        var most = string.Concat(Enumerable.Repeat("🙂", 300));

        ListItem.Of("externalId", most).Who.Should().NotBeNull();
        ListItem.Of("externalId", most + "x").Reason.Should().Be(ListRefusals.TooLong);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(10_000)]
    public async Task Lines_are_the_same_however_they_come(int piece)
    {
        var text = Encoding.UTF8.GetBytes($"\uFEFFone\r\n\n\ntwo,2\n{new string('x', ListLines.MaxLineBytes)}\n{new string('y', ListLines.MaxLineBytes + 1)}\nz{new string('z', 9_000)}\nß\n");
        byte[] bytes = [.. text, 0xFF, (byte)'\n', .. "last"u8];
        var pipe = new Pipe();
        var reading = ListLines.ReadAsync(pipe.Reader, CancellationToken.None).ToListAsync().AsTask();
        foreach (var part in bytes.Chunk(piece))
            await pipe.Writer.WriteAsync(part);
        await pipe.Writer.CompleteAsync();

        (await reading).Should().Equal(
            new ListLine(1, "one", ""), new(4, "two,2", ""), new(5, new string('x', ListLines.MaxLineBytes), ""),
            new(6, null, ListRefusals.TooLong), new(7, null, ListRefusals.TooLong), new(8, "ß", ""), new(9, null, ListRefusals.NotText), new(10, "last", ""));
    }

    [Fact]
    public void Who_is_named_twice_changes_once_and_a_person_leaves_with_all_its_contacts()
    {
        long[] person = [1, 2];
        ListWish Wish(bool joins) => new(0, new("contactId", "x"), joins);

        ListChanges.Of([(Wish(true), 3), (Wish(true), 3), (Wish(true), 1)], contact => [contact], new HashSet<long> { 1 })
            .Should().BeEquivalentTo((new long[] { 3 }, Array.Empty<long>(), 1, 0, 2));
        ListChanges.Of([(Wish(false), 1), (Wish(false), 2), (Wish(false), 9)], contact => contact == 9 ? [9] : person, new HashSet<long> { 2, 7 })
            .Should().BeEquivalentTo((Array.Empty<long>(), new long[] { 2 }, 0, 1, 2));
    }
}
