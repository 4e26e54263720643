"""SelfCheck in the built book, where no kernel runs: mouse, keys, touch, screen reader, small and dark screens."""

import gzip
from importlib.resources import files

import pytest
from playwright.sync_api import expect

from convbp.exercises import questions_of
from convbp.widgets import AffectedRegion, SelfCheck
from widget_lab import write_page

PAGES = {
    1: "01_hand.html",
    2: "02_flip_and_size.html",
    3: "03_chain_rule.html",
    4: "04_one_dimension.html",
    5: "05_two_dimensions.html",
    6: "06_channels.html",
    7: "07_padding_stride_dilation.html",
    8: "08_matrix.html",
    9: "09_transposed.html",
    10: "10_pooling.html",
    12: "12_separable.html",
}
ASKED = questions_of(4)
RIGHT = [[option.right for option in question.options].index(True) for question in ASKED]
RUN_AXE = "async () => (await axe.run('.cb-quiz', {resultTypes: ['violations'], preload: false})).violations"


class Quiz:
    """One SelfCheck on a page, as a reader sees it."""

    def __init__(self, page, number=0):
        self.page = page
        self.root = page.locator(".cb-quiz").nth(number)
        expect(self.root).to_be_visible(timeout=20_000)  # a script is loaded first, on whatever machine this is

    def question(self, number):
        return self.root.get_by_role("group", name=f"{number + 1}. ")

    def option(self, number, option):
        return self.question(number).get_by_role("radio").nth(option)

    def verdict(self, number):
        return self.question(number).locator("[aria-live=polite]")

    @property
    def score(self):
        return self.root.locator(".cb-score")


@pytest.fixture
def shown(browser, tmp_path):
    """Show widgets on a page of their own, the second after the first."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})

    def show(*widgets):
        page.goto(write_page(tmp_path, list(widgets)).as_uri())
        return [Quiz(page, number) for number in range(len(widgets))]

    yield show
    page.close()


@pytest.fixture
def quiz(shown):
    return shown(SelfCheck(4))[0]


@pytest.mark.parametrize("chapter", PAGES)
def test_questions_stand_in_the_page_without_a_kernel(page, visit, chapter):
    visit(page, PAGES[chapter], scheme="file")
    shown = Quiz(page).root.locator("legend").all_text_contents()
    assert shown == [f"{number}. {question.text}" for number, question in enumerate(questions_of(chapter), 1)]


def test_every_option_answers_with_its_own_reason(quiz):
    for number, question in enumerate(ASKED):
        for at, option in enumerate(question.options):
            quiz.option(number, at).check()
            word = "✓ Right." if option.right else "✗ Not this one."
            expect(quiz.verdict(number)).to_have_text(f"{word} {option.reason}")


def test_an_answer_can_be_changed_and_the_score_follows(quiz):
    expect(quiz.score).to_have_text("0 of 5 right, 5 still to answer.")
    quiz.option(0, (RIGHT[0] + 1) % 3).check()
    expect(quiz.score).to_have_text("0 of 5 right, 4 still to answer.")
    quiz.option(0, RIGHT[0]).check()
    expect(quiz.score).to_have_text("1 of 5 right, 4 still to answer.")
    expect(quiz.score).to_have_attribute("aria-live", "off")
    for number in range(1, 5):
        quiz.option(number, RIGHT[number]).check()
    expect(quiz.score).to_have_text("5 of 5 right.")
    expect(quiz.score).to_have_attribute("aria-live", "polite")


def test_keys_alone_reach_and_answer_every_question(quiz):
    for number in range(5):
        quiz.page.keyboard.press("Tab")
        expect(quiz.option(number, 0)).to_be_focused()
        quiz.page.keyboard.press(" ")
        for _ in range(RIGHT[number]):
            quiz.page.keyboard.press("ArrowDown")
        expect(quiz.verdict(number)).to_contain_text("✓ Right.")
    expect(quiz.score).to_have_text("5 of 5 right.")


def test_two_views_share_their_answers(shown):
    one = SelfCheck(4)
    first, second = shown(one, one)
    first.option(2, 1).check()
    expect(second.option(2, 1)).to_be_checked()
    expect(second.verdict(2)).to_contain_text("✗")
    expect(first.option(2, 1)).to_be_checked()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_answered_quiz_is_accessible_and_nothing_moves(new_page, visit, scheme):
    page = new_page(color_scheme=scheme, reduced_motion="reduce")
    visit(page, PAGES[4])
    quiz = Quiz(page)
    quiz.option(0, RIGHT[0]).check()
    quiz.option(1, (RIGHT[1] + 1) % 3).check()
    quiz.option(2, 0).focus()
    page.add_script_tag(path=files("axe_playwright_python") / "axe.min.js")
    found = page.evaluate(RUN_AXE)
    assert not found, [(rule["id"], rule["nodes"][0]["html"]) for rule in found]
    assert quiz.root.evaluate("frame => frame.getAnimations({subtree: true}).length") == 0


def test_a_finger_answers_on_a_small_screen_that_does_not_scroll_sideways(new_page, visit):
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    visit(page, PAGES[4])
    quiz = Quiz(page)
    quiz.root.locator("label").first.tap()
    expect(quiz.verdict(0)).not_to_be_empty()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert quiz.root.locator("label").evaluate_all("all => Math.min(...all.map(e => e.offsetHeight))") >= 44


def test_scripts_and_styles_of_a_page_stay_light():
    texts = [part for widget in (AffectedRegion, SelfCheck) for part in (widget._esm, widget._css)]
    assert sum(len(gzip.compress(str(text).encode())) for text in texts) < 50_000
